// Package results shows what a job writes to its Kafka sinks while it runs: the
// newest result of each key and window in a table that is redrawn, or each
// result as a line where there is no terminal.
package results

import (
	"container/list"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spaas/spaas/cmd/spaas/internal/term"
)

// kept is how many rows are kept of a sink. More than a terminal shows, and few
// enough to forget about memory.
const kept = 1000

// Board holds the newest results of each sink. It is used by one goroutine.
type Board struct {
	sinks []*sink
}

type sink struct {
	name   string
	count  int64
	newest *list.List // of row, the newest first
	byID   map[string]*list.Element
}

// NewBoard is a board for these sinks, shown in this order.
func NewBoard(sinks []string) *Board {
	b := &Board{}
	for _, name := range sinks {
		b.sinks = append(b.sinks, &sink{name: name, newest: list.New(), byID: map[string]*list.Element{}})
	}
	return b
}

// Put adds a result.
func (b *Board) Put(r Result) {
	for _, s := range b.sinks {
		if s.name == r.Sink {
			s.put(readRow(r.Key, r.Value))
		}
	}
}

func (s *sink) put(r row) {
	s.count++
	if at, ok := s.byID[r.id]; ok && r.id != "" {
		s.newest.Remove(at)
	}
	at := s.newest.PushFront(r)
	if r.id != "" {
		s.byID[r.id] = at
	}
	if s.newest.Len() > kept {
		last := s.newest.Back()
		s.newest.Remove(last)
		delete(s.byID, last.Value.(row).id)
	}
}

// Lines renders the board in at most height lines. The sinks share them, each
// with its newest rows at the top.
func (b *Board) Lines(on *term.Terminal, height int) []string {
	var lines []string
	for i, s := range b.sinks {
		share := (height - len(lines)) / (len(b.sinks) - i)
		lines = append(lines, s.lines(on, share)...)
	}
	return lines
}

// lines renders one sink: a title, a head and rows, then a blank line.
func (s *sink) lines(on *term.Terminal, height int) []string {
	const around = 3 // title, head, blank line
	if height <= around {
		return nil
	}
	title := on.Bold("SINK "+s.name) + "  " + on.Dim(count(s.count, "result"))
	if s.newest.Len() == 0 {
		return []string{title, ""}
	}
	rows := s.rows()
	lines := append([]string{title}, table(rows[:min(len(rows), height-around)]).Lines(on)...)
	return append(lines, "")
}

// rows are the newest first: those of the newest window, and of one window, or
// without any, those that came last. Subtasks do not write in step, so the order
// in which results come says little about time.
func (s *sink) rows() []row {
	rows := make([]row, 0, s.newest.Len())
	for at := s.newest.Front(); at != nil; at = at.Next() {
		rows = append(rows, at.Value.(row))
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(b.end, a.end) })
	return rows
}

// table puts rows under one head: every name of theirs, in the order they come.
func table(rows []row) *term.Table {
	column := map[string]int{}
	t := &term.Table{}
	for _, r := range rows {
		for _, name := range r.names {
			if _, ok := column[name]; !ok {
				column[name] = len(column)
				t.Header = append(t.Header, name)
			}
		}
	}
	text := make([]bool, len(column)) // holds something that is no number
	for _, r := range rows {
		cells := make([]string, len(column))
		for i, name := range r.names {
			cells[column[name]] = r.cells[i]
			if _, err := strconv.ParseFloat(r.cells[i], 64); err != nil && r.cells[i] != "null" {
				text[column[name]] = true
			}
		}
		t.Row(cells...)
	}
	for i := range text {
		if !text[i] {
			t.Right = append(t.Right, i)
		}
	}
	return t
}

// count renders a number of things.
func count(n int64, of string) string {
	if n != 1 {
		of += "s"
	}
	return fmt.Sprintf("%d %s", n, of)
}
