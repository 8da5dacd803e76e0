package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
)

func TestCodeOf(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"nothing", nil, Done},
		{"anything", errors.New("disk full"), Failed},
		{"one fault is a failure, not an input", &fault.Error{What: "disk full"}, Failed},
		{"the faults of an input", fault.List{&fault.Error{What: "unknown key"}}, Usage},
		{"wrapped", fmt.Errorf("config: %w", fault.List{errors.New("unknown key")}), Usage},
		{"Ctrl-C", fmt.Errorf("building: %w", context.Canceled), Interrupted},
		{"a code of its own wins", Exit(Refused, fault.List{context.Canceled}), Refused},
		{"no error, no code", Exit(Refused, nil), Done},
	}
	for _, tt := range tests {
		if got := CodeOf(tt.err); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
