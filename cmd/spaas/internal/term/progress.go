package term

import (
	"fmt"
	"time"
)

// Progress says how far a long piece of work is, on Err: on a terminal as one
// line that is replaced, elsewhere as plain lines. With --quiet it is silent.
type Progress struct {
	t     *Terminal
	every time.Duration
	now   func() time.Time

	shown bool      // a line of ours stands on the terminal
	last  time.Time // when the last plain line of Updatef was written
}

// Progress starts saying how far something is. Where there is no terminal,
// Updatef writes at most one line per every; now is the clock for that.
func (t *Terminal) Progress(every time.Duration, now func() time.Time) *Progress {
	return &Progress{t: t, every: every, now: now}
}

// Stepf says what begins. Elsewhere than on a terminal it is always written.
func (p *Progress) Stepf(format string, args ...any) {
	p.show(fmt.Sprintf(format, args...))
}

// Updatef says how far it is. Elsewhere than on a terminal most of these are left out.
func (p *Progress) Updatef(format string, args ...any) {
	if !p.live() {
		now := p.now()
		if !p.last.IsZero() && now.Sub(p.last) < p.every {
			return
		}
		p.last = now
	}
	p.show(fmt.Sprintf(format, args...))
}

// Done takes the line away, so that the result stands where it was. It may be
// called more than once; every way out of the work calls it.
func (p *Progress) Done() {
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.t.Err, "\r\x1b[K")
		p.shown = false
	}
}

func (p *Progress) live() bool { return p.t.errTTY && p.t.IsTTY() }

func (p *Progress) show(line string) {
	if p.t.quiet {
		return
	}
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	if !p.live() {
		fmt.Fprintln(p.t.Err, line)
		return
	}
	// One column less than the terminal has: some wrap when the last is written.
	w, _ := p.t.size()
	fmt.Fprintf(p.t.Err, "\r%s\x1b[K", fit(line, w-1))
	p.shown = true
}
