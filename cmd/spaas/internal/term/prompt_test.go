package term

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestConfirm(t *testing.T) {
	for typed, want := range map[string]bool{"y\n": true, "YES\n": true, "n\n": false, "\n": false, "what\ny\n": true} {
		tty, out, _ := Fake(AsTTY(80, 24), WithInput(typed))
		got, err := tty.Confirm(context.Background(), "Write 3 files?")
		if got != want || err != nil {
			t.Errorf("%q: %v, %v", typed, got, err)
		}
		if strings.Contains(typed, "what") && !strings.Contains(out.String(), "Please answer y or n.") {
			t.Errorf("%q: %q", typed, out)
		}
	}
}

// Nothing waits for a person who is not there.
func TestConfirmWithoutAnybody(t *testing.T) {
	pipe, _, _ := Fake(WithInput("y\n"))
	if _, err := pipe.Confirm(context.Background(), "Write?"); err == nil || !strings.Contains(err.Error(), "pass --yes") {
		t.Errorf("a pipe was asked: %v", err)
	}
	ci, _, _ := Fake(AsTTY(80, 24), WithInput("y\n"))
	ci.ci = true
	if _, err := ci.Confirm(context.Background(), "Write?"); err == nil || !strings.Contains(err.Error(), "CI is set") {
		t.Errorf("CI was asked: %v", err)
	}
	tty, _, _ := Fake(AsTTY(80, 24), WithInput(""))
	if _, err := tty.Confirm(context.Background(), "Write?"); !errors.Is(err, io.EOF) {
		t.Errorf("a closed terminal: %v", err)
	}
}

func TestConfirmEndsWithCtrlC(t *testing.T) {
	keys, _ := io.Pipe() // nobody types
	tty, _, _ := Fake(AsTTY(80, 24), WithReader(keys))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := tty.Confirm(ctx, "Write?"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
