// Package termtest runs a program on a terminal that a test looks at and types
// on, as a person would.
package termtest

import (
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// Keys that are more than a letter.
const (
	Enter    = "\r"
	Tab      = "\t"
	ShiftTab = "\x1b[Z"
	Up       = "\x1b[A"
	Down     = "\x1b[B"
	Left     = "\x1b[D"
	CtrlC    = "\x03"
	CtrlU    = "\x15" // takes away what was typed
)

// patience is how long a test waits for what it expects to see.
const patience = 20 * time.Second

// Screen is a terminal with a program on it.
type Screen struct {
	t   testing.TB
	cmd *exec.Cmd
	tty interface{ Write([]byte) (int, error) }

	mu      sync.Mutex
	screen  vt10x.Terminal
	raw     strings.Builder
	changed chan struct{} // closed at each change, and replaced
	ended   bool
	code    int
}

// Start runs a program on a terminal of so many columns and rows. It is killed
// at the end of the test if it has not ended by then.
func Start(t testing.TB, cmd *exec.Cmd, columns, rows int) *Screen {
	t.Helper()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatalf("starting %s on a terminal: %v", cmd, err)
	}
	// A terminal answers questions about itself; the answers are typed.
	s := &Screen{t: t, cmd: cmd, tty: tty, changed: make(chan struct{}),
		screen: vt10x.New(vt10x.WithSize(columns, rows), vt10x.WithWriter(tty))}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			s.change(func() {
				s.screen.Write(buf[:n])
				s.raw.Write(buf[:n])
			})
			if err != nil { // the program has closed it
				break
			}
		}
		err := cmd.Wait()
		s.change(func() {
			s.ended = true
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				s.code = exit.ExitCode()
			}
		})
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
		tty.Close()
	})
	return s
}

func (s *Screen) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Type presses keys.
func (s *Screen) Type(keys ...string) {
	s.t.Helper()
	if _, err := s.tty.Write([]byte(strings.Join(keys, ""))); err != nil {
		s.t.Fatalf("typing %q: %v\n%s", keys, err, s.Text())
	}
}

// See waits until all texts are on the screen, and fails the test if they do not
// come.
func (s *Screen) See(texts ...string) {
	s.t.Helper()
	s.await(func() bool {
		now := s.text()
		for _, text := range texts {
			if !strings.Contains(now, text) {
				return false
			}
		}
		return true
	}, "%q is not on the screen", texts)
}

// Gone waits until a text is not on the screen any more.
func (s *Screen) Gone(text string) {
	s.t.Helper()
	s.await(func() bool { return !strings.Contains(s.text(), text) }, "%q stays on the screen", text)
}

// Exit waits until the program has ended and returns its exit code.
func (s *Screen) Exit() int {
	s.t.Helper()
	s.await(func() bool { return s.ended }, "the program does not end")
	return s.code
}

// Text is what the screen shows, without blanks at the ends of lines.
func (s *Screen) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text()
}

// Raw is all that the program has written.
func (s *Screen) Raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

func (s *Screen) text() string {
	lines := strings.Split(s.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// await waits until a condition holds; it is looked at after each change.
func (s *Screen) await(holds func() bool, format string, args ...any) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		ok, ended, changed := holds(), s.ended, s.changed
		s.mu.Unlock()
		switch {
		case ok:
			return
		case ended:
			s.t.Fatalf(format+"; the program ended with %d and the screen shows\n%s", append(args, s.code, s.Text())...)
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf(format+"; the screen shows\n%s", append(args, s.Text())...)
		}
	}
}
