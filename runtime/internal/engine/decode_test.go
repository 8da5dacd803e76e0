package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// columns is a decoder that wants to know them.
type columns struct{ header []string }

func (c *columns) Decode([]byte, *string) error { return nil }

func (c *columns) SetHeader(header []byte) error {
	if len(header) == 0 {
		return errors.New("no columns")
	}
	c.header = append(c.header, string(header))
	return nil
}

// A decoder is told of columns before the records that have them, and columns
// that do not fit are a fault of the split.
func TestHeader(t *testing.T) {
	d := &columns{}
	f := &recordFeed[string]{
		decoder: d, source: &sourceRun{name: "in"},
		splits: map[string]*splitState{"a": newSplit(connect.Split{ID: "a"}, earliest)},
	}
	for _, header := range []string{"x,y", "", "y,x"} {
		fetch := &connect.Fetch{Split: "a"}
		if header != "" {
			fetch.Header = []byte(header)
		}
		if err := f.accept(arrival{fetch: fetch}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(d.header, " "); got != "x,y y,x" {
		t.Errorf("it was told %q", got)
	}
	err := f.accept(arrival{fetch: &connect.Fetch{Split: "a", Header: []byte{}}})
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Where != "a" || !f.Incurable {
		t.Errorf("error %v", err)
	}
	if err := f.accept(arrival{fetch: &connect.Fetch{Split: "b"}}); err == nil {
		t.Error("records of a split that the subtask does not have")
	}
}
