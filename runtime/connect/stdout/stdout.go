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
			return &sink{out: c.Stdout}, nil
		},
	}
}

// sink serialises the writes of its subtasks, so that lines stay whole.
type sink struct {
	mu  sync.Mutex
	out io.Writer
}

func (*sink) Delivery() connect.Delivery                                  { return connect.AtLeastOnce }
func (*sink) Recover(context.Context, []connect.Committable) error        { return nil }
func (*sink) Commit(context.Context, uint64, []connect.Committable) error { return nil }

func (s *sink) Open(context.Context, connect.Task) (connect.Writer, error) {
	return &writer{sink: s}, nil
}

type writer struct {
	sink  *sink
	lines []byte
}

// Write writes whole lines in one call, at once: a person is waiting for them.
func (w *writer) Write(_ context.Context, records []connect.Record) error {
	w.lines = w.lines[:0]
	for _, r := range records {
		w.lines = lines.Append(w.lines, r)
	}
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	if _, err := w.sink.out.Write(w.lines); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

func (*writer) Precommit(context.Context, uint64) ([]connect.Committable, error) { return nil, nil }
func (*writer) Close() error                                                     { return nil }
