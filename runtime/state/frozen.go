package state

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// Frozen is the state of a subtask at a barrier.
type Frozen struct {
	operator     string
	checkpoint   uint64
	groups       int
	from, to     int
	descriptions []checkpoint.StateSchema
	states       []frozenState
}

// frozenState is one state at a barrier.
type frozenState interface {
	rows() int64
	// write writes all rows as blocks.
	write(*blocks) error
	// end says that the rows are not needed any more.
	end()
}

// Write stores the frozen state under names that start with prefix and returns
// what the manifest says of it; the watermark is the caller's to set. It may run
// on another goroutine than the subtask's and is called once.
//
// The rows are streamed: Write takes a few MB, whatever the state's size. State
// without rows has no file.
func (f *Frozen) Write(ctx context.Context, store blob.Store, prefix string) (checkpoint.OperatorSnapshot, error) {
	defer f.end()
	s := checkpoint.OperatorSnapshot{From: f.from, To: f.to, States: f.descriptions}
	if !slices.ContainsFunc(f.states, func(s frozenState) bool { return s.rows() > 0 }) {
		return s, nil
	}
	r, w := io.Pipe()
	content := &counted{w: w, sum: sha256.New()}
	encoded := make(chan struct{})
	go func() {
		defer close(encoded)
		w.CloseWithError(f.encode(content))
	}()
	name := prefix + fileName(f.operator)
	err := store.Create(ctx, name, r)
	r.CloseWithError(errors.New("the store has stopped reading"))
	<-encoded
	if err != nil {
		return checkpoint.OperatorSnapshot{}, fmt.Errorf("checkpoint %d: %s of %v: %w", f.checkpoint, name, store, err)
	}
	s.Files = []checkpoint.File{{Name: name, Size: content.size, SHA256: hex.EncodeToString(content.sum.Sum(nil))}}
	return s, nil
}

// encode writes the file.
func (f *Frozen) encode(to io.Writer) error {
	w := bufio.NewWriterSize(to, 256<<10)
	if _, err := w.Write(appendHeader(nil, f.groups)); err != nil {
		return err
	}
	b := newBlocks(w, f.groups, f.from, f.to)
	for i, s := range f.states {
		b.state = i
		if err := s.write(b); err != nil {
			return err
		}
	}
	if err := b.end(); err != nil {
		return err
	}
	return w.Flush()
}

func (f *Frozen) end() {
	for _, s := range f.states {
		s.end()
	}
}

// counted is a writer that knows what went through it.
type counted struct {
	w    io.Writer
	size int64
	sum  hash.Hash
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.size += int64(n)
	c.sum.Write(p[:n])
	return n, err
}

// fileName is what a file of an operator is called: its name with letters,
// digits, dashes and underscores, and part of its checksum where that is less
// than the name, so that no two operators of a task have one file.
func fileName(operator string) string {
	fit := []byte(operator[:min(len(operator), 60)])
	for i, c := range fit {
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			fit[i] = '-'
		}
	}
	if string(fit) == operator && operator != "" {
		return operator + ".rows"
	}
	sum := sha256.Sum256([]byte(operator))
	return fmt.Sprintf("%s.%x.rows", fit, sum[:6])
}
