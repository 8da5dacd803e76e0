package term

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
)

// What a person sees of a region that is redrawn, on a terminal of 20x8.
func TestLive(t *testing.T) {
	tty, out, _ := Fake(AsTTY(20, 8))
	l := tty.Live()
	l.Update([]string{"one", "two", "three", "four", "five", "six"})
	l.Above("a line that stays")
	l.Update([]string{"uno", "due is a line that is too long"})
	l.Close()
	l.Update([]string{"never shown"})
	seen(t, out, "a line that stays", "uno", "due is a line that…")
}

// A region that had more lines than the terminal would scroll away from itself.
func TestLiveIsNeverHigherThanTheTerminal(t *testing.T) {
	tty, out, _ := Fake(AsTTY(20, 8))
	l := tty.Live()
	for _, prefix := range []string{"a", "b"} {
		var lines []string
		for i := range 20 {
			lines = append(lines, fmt.Sprint(prefix, i))
		}
		l.Update(lines)
	}
	seen(t, out, "b0", "b1", "b2", "b3", "b4", "b5", "b6")
}

// seen compares the lines of the terminal that are not empty.
func seen(t *testing.T, out *Buffer, want ...string) {
	t.Helper()
	screen := vt10x.New(vt10x.WithSize(20, 8))
	// A terminal in its usual mode turns a line feed into a new line.
	if _, err := screen.Write([]byte(strings.ReplaceAll(out.String(), "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(screen.String()) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			lines = append(lines, line)
		}
	}
	if !slices.Equal(lines, want) {
		t.Errorf("the screen shows %q, want %q", lines, want)
	}
}

// Elsewhere than on a terminal only what stays is written.
func TestLiveElsewhere(t *testing.T) {
	pipe, out, _ := Fake()
	l := pipe.Live()
	l.Update([]string{"one"})
	l.Above("result 1", "result 2")
	l.Close()
	if out.String() != "result 1\nresult 2\n" {
		t.Errorf("got %q", out)
	}
}
