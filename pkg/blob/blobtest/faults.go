package blobtest

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/spaas/spaas/pkg/blob"
)

// ErrCrashed is what every operation returns once the process "has crashed".
var ErrCrashed = errors.New("crashed on purpose")

// Op is one operation on a store, as a Faults is asked about it.
type Op struct {
	N    int // counts from 0
	Kind string
	Name string
}

// When says what happens to an operation.
type When int

// What can happen to an operation.
const (
	Works       When = iota
	Fails            // returns the error, nothing was done
	FailsAfter       // is done, but returns the error: the answer was lost
	CrashBefore      // not done; from now on nothing is
	CrashAfter       // done; from now on nothing is
)

// Faults is a store whose operations fail as a test plans it.
type Faults struct {
	blob.Store
	plan func(Op) (When, error)

	mu      sync.Mutex
	n       int
	crashed bool
}

// NewFaults wraps a store. plan is asked once for each Create, Replace, Open,
// List and Delete, in the order in which they begin; it may run on any goroutine.
func NewFaults(s blob.Store, plan func(Op) (When, error)) *Faults {
	return &Faults{Store: s, plan: plan}
}

// Ops is the number of operations so far.
func (f *Faults) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

func (f *Faults) do(kind, name string, op func() error) error {
	f.mu.Lock()
	if f.crashed {
		f.mu.Unlock()
		return ErrCrashed
	}
	when, err := f.plan(Op{f.n, kind, name})
	f.n++
	f.crashed = when == CrashBefore || when == CrashAfter
	f.mu.Unlock()
	switch when {
	case Fails:
		return err
	case FailsAfter:
		if e := op(); e != nil {
			return e
		}
		return err
	case CrashBefore:
		return ErrCrashed
	case CrashAfter:
		_ = op() // nobody is left to hear
		return ErrCrashed
	}
	return op()
}

// Create implements blob.Store.
func (f *Faults) Create(ctx context.Context, name string, content io.Reader) error {
	return f.do("create", name, func() error { return f.Store.Create(ctx, name, content) })
}

// Replace implements blob.Store.
func (f *Faults) Replace(ctx context.Context, name string, content io.Reader) error {
	return f.do("replace", name, func() error { return f.Store.Replace(ctx, name, content) })
}

// Open implements blob.Store.
func (f *Faults) Open(ctx context.Context, name string) (r io.ReadCloser, err error) {
	err = f.do("open", name, func() error {
		var e error
		r, e = f.Store.Open(ctx, name)
		return e
	})
	return r, err
}

// List implements blob.Store.
func (f *Faults) List(ctx context.Context, prefix string) (infos []blob.Info, err error) {
	err = f.do("list", prefix, func() error {
		var e error
		infos, e = f.Store.List(ctx, prefix)
		return e
	})
	return infos, err
}

// Delete implements blob.Store.
func (f *Faults) Delete(ctx context.Context, name string) error {
	return f.do("delete", name, func() error { return f.Store.Delete(ctx, name) })
}

// Probe probes through the faults.
func (f *Faults) Probe(ctx context.Context) error { return blob.Probe(ctx, f) }
