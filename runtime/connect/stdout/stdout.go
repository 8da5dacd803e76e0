// Package stdout is the sink that writes records as lines to the standard
// output of the job.
package stdout

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/internal/lines"
)

// Connector is the connector "stdout".
func Connector() connect.Connector {
	return connect.Connector{
		Name: "stdout",
		Doc:  "Writes each record as a line to the standard output of the job.",
		Sink: func(c connect.SinkConfig) (connect.Sink, error) {
			return &sink{out: c.Stdout, name: c.Name}, nil
		},
	}
}

// sink serialises the writes of its subtasks, so that lines stay whole.
type sink struct {
	name string

	mu     sync.Mutex
	out    io.Writer
	headed bool // the header was written, by the first subtask that has one
}

func (*sink) Delivery() connect.Delivery                                   { return connect.AtLeastOnce }
func (*sink) Recover(context.Context, uint64, []connect.Committable) error { return nil }
func (*sink) Commit(context.Context, uint64, []connect.Committable) error  { return nil }

func (s *sink) Open(_ context.Context, task connect.Task) (connect.Writer, error) {
	return &writer{sink: s, header: task.Header}, nil
}

// print writes whole lines in one call, below the header if there is one.
func (s *sink) print(text, header []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.headed && len(header) > 0 {
		text = append(lines.Append(nil, connect.Record{Value: header}), text...)
	}
	s.headed = true
	if _, err := s.out.Write(text); err != nil {
		return fmt.Errorf("sink %q: standard output: %w", s.name, err)
	}
	return nil
}

type writer struct {
	sink   *sink
	header []byte
	text   []byte
}

// Write writes at once: a person is waiting for the lines.
func (w *writer) Write(_ context.Context, records []connect.Record) error {
	if len(records) == 0 {
		return nil
	}
	w.text = w.text[:0]
	for _, r := range records {
		w.text = lines.Append(w.text, r)
	}
	return w.sink.print(w.text, w.header)
}

func (*writer) Precommit(context.Context, uint64) ([]connect.Committable, error) { return nil, nil }
func (*writer) Close() error                                                     { return nil }
