package file

import (
	"context"
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
	ended  []*part // that are complete and have no name yet
	parts  int     // begun so far
	named  int     // names that were given or taken
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
			return w.sink.unwritable(w.part.path, err)
		}
		if w.part.size >= w.sink.rollSize {
			if err := w.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin begins a part under a hidden name.
func (w *writer) begin() error {
	w.parts++
	name := fmt.Sprintf("%sg%06d-s%03d-%06d", w.sink.hidden(), w.task.Generation, w.task.Subtask, w.parts)
	path := filepath.Join(w.sink.dir, name)
	p, err := newPart(path, w.sink.config.Compression)
	if err != nil {
		return w.sink.unwritable(path, err)
	}
	w.part = p
	if len(w.task.Header) > 0 {
		if err := p.write(lines.Append(nil, connect.Record{Value: w.task.Header})); err != nil {
			return w.sink.unwritable(path, err)
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
		return w.sink.unwritable(p.path, err)
	}
	return nil
}

// Precommit implements connect.Writer: everything written so far is complete
// and synced, and then gets its name, for good.
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
	for _, p := range w.ended {
		if err := w.name(p); err != nil {
			return nil, w.sink.unwritable(p.path, err)
		}
	}
	w.ended = w.ended[:0]
	if err := syncFolder(w.sink.dir); err != nil {
		return nil, w.sink.unwritable(w.sink.dir, err)
	}
	return nil, nil
}

// name gives a part the first name that is free. Generation and subtask make it
// one of this writer alone; a job that starts over counts its generations anew
// and finds the names of before taken. A link never replaces.
func (w *writer) name(p *part) error {
	for {
		w.named++
		name := fmt.Sprintf("%s-g%06d-s%03d-%06d%s", w.sink.env.Name, w.task.Generation, w.task.Subtask, w.named, w.sink.suffix)
		err := os.Link(p.path, filepath.Join(w.sink.dir, name))
		if errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return err
		}
		return os.Remove(p.path)
	}
}

// Close implements connect.Writer. What has no name yet is removed.
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

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
