// Package term owns the terminal. Everything that spaas reads from a person or
// shows to one goes through a [Terminal]; nothing else touches os.Stdin,
// os.Stdout or os.Stderr.
//
// Results go to Out, what is said about the work to Err, so that a pipe sees
// results only. What needs a terminal degrades where there is none: a question
// is refused, a progress line becomes plain lines, a live region stays silent,
// colours disappear.
package term

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/charmbracelet/x/term"
)

// fallbackWidth is the width of what is no terminal: a log, a file, a pipe.
const fallbackWidth, fallbackHeight = 100, 24

// Terminal is a person's terminal, or what stands in for it. Its methods may be
// called from several goroutines; In, Out and Err are fixed once it is in use.
type Terminal struct {
	In  io.Reader
	Out io.Writer // results
	Err io.Writer // progress, notices, faults

	// mu orders the writes of progress lines and live regions among each other.
	mu sync.Mutex

	inTTY, outTTY, errTTY bool
	color                 bool
	quiet                 bool
	ci                    bool
	size                  func() (width, height int)
}

// System is the terminal this process was started on. getenv is asked for
// NO_COLOR, TERM and CI.
func System(getenv func(string) string) *Terminal {
	t := &Terminal{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		inTTY:  term.IsTerminal(os.Stdin.Fd()),
		outTTY: term.IsTerminal(os.Stdout.Fd()),
		errTTY: term.IsTerminal(os.Stderr.Fd()),
		ci:     isCI(getenv),
	}
	t.color = t.outTTY && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	t.size = func() (int, int) {
		if w, h, err := term.GetSize(os.Stdout.Fd()); err == nil && w > 0 && h > 0 {
			return w, h
		}
		return fallbackWidth, fallbackHeight
	}
	return t
}

// isCI reports whether the environment says that no person is watching.
func isCI(getenv func(string) string) bool {
	ci := getenv("CI")
	return ci != "" && ci != "0" && ci != "false"
}

// IsTTY reports whether results are shown on a terminal that a person watches.
// It is false in CI, also where that offers a terminal.
func (t *Terminal) IsTTY() bool { return t.outTTY && !t.ci }

// CanAsk reports whether there is somebody to answer a question.
func (t *Terminal) CanAsk() bool { return t.inTTY && t.outTTY && !t.ci }

// Width is the number of columns; 100 where there is no terminal.
func (t *Terminal) Width() int { w, _ := t.size(); return w }

// Height is the number of rows; 24 where there is no terminal.
func (t *Terminal) Height() int { _, h := t.size(); return h }

// Color reports whether colours are shown: on a terminal, unless NO_COLOR is
// set or TERM is dumb or --no-color was given.
func (t *Terminal) Color() bool { return t.color }

// NoColor turns colours off. It belongs to the parsing of flags.
func (t *Terminal) NoColor() { t.color = false }

// Quiet silences progress and notices; results and faults remain. It belongs to
// the parsing of flags.
func (t *Terminal) Quiet() { t.quiet = true }

// Printf writes a result to Out.
func (t *Terminal) Printf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.Out, format, args...)
}

// Println writes a line of a result to Out.
func (t *Terminal) Println(args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(t.Out, args...)
}

// Notef writes a line about the work to Err, unless --quiet was given.
func (t *Terminal) Notef(format string, args ...any) {
	if t.quiet {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.Err, format+"\n", args...)
}
