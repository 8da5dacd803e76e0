package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/internal/lines"
)

var errWriterClosed = errors.New("the file writer is closed")

// writer writes the parts of one subtask.
type writer struct {
	sink *sink
	task connect.Task

	mu     sync.Mutex // Close may come while Write works
	closed bool
	part   *part   // that is being written; nil: none
	ended  []*part // that are complete and not pre-committed
	parts  int     // begun so far
	lines  []byte
}

// Write implements connect.Writer.
func (w *writer) Write(_ context.Context, records []connect.Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errWriterClosed
	}
	for len(records) > 0 {
		if w.part == nil {
			if err := w.begin(); err != nil {
				return err
			}
		}
		// At least one, and as many as take the part to its size.
		w.lines = w.lines[:0]
		for {
			w.lines = lines.Append(w.lines, records[0])
			records = records[1:]
			if len(records) == 0 || w.part.size+int64(len(w.lines)) >= w.sink.rollSize {
				break
			}
		}
		if err := w.part.write(w.lines); err != nil {
			return unwritable(w.part.path, err)
		}
		if w.part.size >= w.sink.rollSize {
			if err := w.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin begins a part. Generation, subtask and number make its name one that no
// other writer of this job has, until the job starts over from nothing: then a
// number is passed over that a part of the earlier life still has.
func (w *writer) begin() error {
	for w.part == nil {
		w.parts++
		name := fmt.Sprintf("g%06d-s%03d-%06d", w.task.Generation, w.task.Subtask, w.parts)
		path := filepath.Join(w.sink.dir, w.sink.hidden()+name)
		p, err := newPart(name, path, w.sink.config.Compression)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return unwritable(path, err)
		}
		w.part = p
	}
	if len(w.task.Header) > 0 {
		if err := w.part.write(lines.Append(nil, connect.Record{Value: w.task.Header})); err != nil {
			return unwritable(w.part.path, err)
		}
	}
	return nil
}

// end completes the part that is being written.
func (w *writer) end() error {
	if w.part == nil {
		return nil
	}
	p := w.part
	w.part = nil
	w.ended = append(w.ended, p)
	if err := p.finish(); err != nil {
		return unwritable(p.path, err)
	}
	return nil
}

// Precommit implements connect.Writer: everything written so far is complete and
// synced, under names that a commit finds again.
func (w *writer) Precommit(context.Context, uint64) ([]connect.Committable, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, errWriterClosed
	}
	if err := w.end(); err != nil {
		return nil, err
	}
	if len(w.ended) == 0 {
		return nil, nil
	}
	if err := syncFolder(w.sink.dir); err != nil {
		return nil, unwritable(w.sink.dir, err)
	}
	parts := staged{Path: w.sink.config.Path, Suffix: w.sink.suffix}
	for _, p := range w.ended {
		// A later generation that thought this one dead has removed its parts.
		if _, err := os.Stat(p.path); err != nil {
			return nil, unwritable(p.path, err)
		}
		parts.Parts = append(parts.Parts, p.name)
	}
	data, err := json.Marshal(parts)
	if err != nil {
		return nil, err
	}
	w.ended = nil
	return []connect.Committable{{Deployment: w.task.Deployment, Data: data}}, nil
}

// Close implements connect.Writer. What is not pre-committed is removed.
func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	var errs []error
	if w.part != nil {
		errs = append(errs, w.part.abandon())
	}
	for _, p := range w.ended {
		errs = append(errs, p.abandon())
	}
	return errors.Join(errs...)
}
