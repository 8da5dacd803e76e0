package runcmd

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobprocess"
	"github.com/spaas/spaas/cmd/spaas/internal/results"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
)

// view is how a run is shown while it lasts. Its methods may be called from
// several goroutines.
type view interface {
	// results shows what the job has written to its sinks.
	results([]results.Result)
	// line shows a line that the job has written to its standard output.
	line(string)
	// logged shows a record of the job's log, if it is worth it.
	logged(jobprocess.Record)
	// notef says something about the run.
	notef(format string, args ...any)
	// progress shows how far it is, again and again.
	progress(string)
	// close leaves everything as it was shown last.
	close()
}

// viewOn chooses the view: a table that is redrawn on a terminal, lines
// elsewhere. With --json there is nothing to see but the work, because the
// standard output belongs to the summary.
func viewOn(t *term.Terminal, asked cli.Global, sinks []string, now func() time.Time) view {
	if t.IsTTY() && !asked.JSON && !asked.Quiet {
		return &table{t: t, live: t.Live(), board: results.NewBoard(sinks)}
	}
	return &plain{t: t, json: asked.JSON, progressing: t.Progress(plainProgress, now)}
}

// plainProgress is how often progress is a line.
const plainProgress = 5 * time.Second

// shown renders a log record for people, "" for one that they need not see.
func shown(t *term.Terminal, r jobprocess.Record) string {
	level := ""
	switch {
	case r.Level >= slog.LevelError:
		level = t.Red("error")
	case r.Level >= slog.LevelWarn:
		level = t.Yellow("warning")
	default:
		return ""
	}
	text := level + "  " + r.Message
	if r.Attrs != "" {
		text += "  " + t.Dim(r.Attrs)
	}
	return text
}

// plain shows everything as lines: results on the standard output, the rest on
// the standard error.
type plain struct {
	t           *term.Terminal
	json        bool
	mu          sync.Mutex
	progressing *term.Progress
}

func (p *plain) results(all []results.Result) {
	if p.json {
		return
	}
	for _, r := range all {
		p.t.Printf("%s  %s\n", r.Sink, r.Value)
	}
}

func (p *plain) line(text string) {
	if p.json {
		p.t.Notef("%s", text)
		return
	}
	p.t.Println(text)
}

func (p *plain) logged(r jobprocess.Record) {
	if text := shown(p.t, r); text != "" {
		p.t.Notef("%s", text)
	}
}

func (p *plain) notef(format string, args ...any) { p.t.Notef(format, args...) }

func (p *plain) progress(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.progressing.Updatef("%s", line)
}

func (p *plain) close() { p.progressing.Done() }

// table shows the newest results in a region that is redrawn, with a line of
// progress on top; everything else scrolls by above it.
type table struct {
	t    *term.Terminal
	live *term.Live

	mu    sync.Mutex
	board *results.Board
	last  string // progress
}

func (v *table) results(all []results.Result) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range all {
		v.board.Put(r)
	}
}

func (v *table) line(text string) { v.live.Above(text) }

func (v *table) logged(r jobprocess.Record) {
	if text := shown(v.t, r); text != "" {
		v.live.Above(text)
	}
}

func (v *table) notef(format string, args ...any) { v.live.Above(fmt.Sprintf(format, args...)) }

func (v *table) progress(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = line
	v.draw()
}

// draw shows the board under the line of progress. The summary will stand below
// it, so some rows are left to that.
func (v *table) draw() {
	const summaryRows = 12
	height := max(v.t.Height()-summaryRows, v.t.Height()/2)
	v.live.Update(append([]string{v.t.Dim(v.last), ""}, v.board.Lines(v.t, height-2)...))
}

func (v *table) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last != "" {
		v.draw()
	}
	v.live.Close()
}

// lines hands what is written to it on, line by line. It is written to by one
// goroutine.
type lines struct {
	to   func(string)
	part []byte
}

var _ io.Writer = (*lines)(nil)

func (l *lines) Write(p []byte) (int, error) {
	l.part = append(l.part, p...)
	for {
		line, rest, whole := bytes.Cut(l.part, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.to(string(line))
		l.part = rest
	}
}
