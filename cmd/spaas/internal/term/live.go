package term

import (
	"fmt"
	"strings"
)

// Live is a region at the bottom of the terminal that is redrawn in place: a
// table of results that changes. Where there is no terminal it shows nothing,
// and whoever wants lines there writes them with Printf.
//
// Its methods may be called from several goroutines. While it is open nothing
// else may write to the terminal: lines go above the region with [Live.Above].
type Live struct {
	t     *Terminal
	lines []string // what stands in the region now
	ended bool
}

// Live opens a region. The caller closes it on every way out.
func (t *Terminal) Live() *Live { return &Live{t: t} }

// Update replaces what the region shows. Lines are cut to the terminal's width;
// where it has too few rows the last lines are left out, so that the region
// never scrolls away from under itself.
func (l *Live) Update(lines []string) {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	if l.ended || !l.t.IsTTY() {
		return
	}
	width, height := l.t.size()
	lines = lines[:min(len(lines), max(1, height-1))]
	cut := make([]string, len(lines))
	for i, line := range lines {
		cut[i] = fit(line, width-1)
	}
	l.draw("", cut)
}

// Above writes lines that stay, above the region. Where there is no terminal
// they are simply written.
func (l *Live) Above(lines ...string) {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	text := strings.Join(lines, "\n") + "\n"
	if l.ended || !l.t.IsTTY() {
		fmt.Fprint(l.t.Out, text)
		return
	}
	l.draw(text, l.lines)
}

// Close ends the redrawing and leaves the region as it last was. It may be
// called more than once.
func (l *Live) Close() {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	l.ended = true
}

// draw goes to the first line of the region, clears all below, and writes the
// text that stays and the region anew, in one write, so that nothing flickers.
func (l *Live) draw(above string, lines []string) {
	var b strings.Builder
	if n := len(l.lines); n > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", n)
	}
	b.WriteString("\r\x1b[J")
	b.WriteString(above)
	for _, line := range lines {
		b.WriteString(line)
		b.WriteString("\n")
	}
	fmt.Fprint(l.t.Out, b.String())
	l.lines = lines
}
