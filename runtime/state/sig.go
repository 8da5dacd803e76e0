package state

import (
	"context"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// Backend is where the rows of subtasks live.
type Backend interface{ Name() string }

// Memory is the backend that keeps all rows in memory.
func Memory() Backend { panic("soon") }

// BackendOf returns the backend of a name in the config, or says which there are.
func BackendOf(name string) (Backend, error) { panic("soon") }

// Subtask is all keyed state of one subtask of an operator. It is owned by the
// subtask's goroutine.
type Subtask struct{}

// NewSubtask makes the empty state of the subtask that owns key groups [from, to).
func NewSubtask(operator string, groups, from, to int, backend Backend) *Subtask { panic("soon") }

// Freeze takes the state as it is now, for a checkpoint; events may go on when it returns.
func (s *Subtask) Freeze(checkpoint uint64) (*Frozen, error) { panic("soon") }

// Restore fills the state before the first event: from all parts of the
// operator in the manifest it takes the rows of its own key groups. Every state
// must have been declared (Panes) before. Nothing is kept when it fails; the
// error names the wrong file.
func (s *Subtask) Restore(ctx context.Context, store blob.Store, parts []checkpoint.OperatorSnapshot) error {
	panic("soon")
}

// Frozen is the state of a subtask at a barrier.
type Frozen struct{}

// Write stores the frozen state under names that start with prefix and returns
// what the manifest says of it; the watermark is the caller's to set. It may run
// on another goroutine than the subtask's and is called once.
func (f *Frozen) Write(ctx context.Context, store blob.Store, prefix string) (checkpoint.OperatorSnapshot, error) {
	panic("soon")
}

// PaneTable is a state with one table for each start of a window.
type PaneTable[K comparable, V any] struct{}

// Panes declares a state of panes. Names are unique in an operator.
func Panes[K comparable, V any](s *Subtask, name string) (*PaneTable[K, V], error) { panic("soon") }

// Pane returns the table of a window start, making it if need be.
func (p *PaneTable[K, V]) Pane(start int64) *Table[K, V] { panic("soon") }

// Lookup returns the table of a window start, nil if there is none.
func (p *PaneTable[K, V]) Lookup(start int64) *Table[K, V] { panic("soon") }

// Drop forgets a window start; its table must not be used any more.
func (p *PaneTable[K, V]) Drop(start int64) { panic("soon") }

// Starts are the window starts that have a table, in order. The slice is good
// until the next Pane or Drop.
func (p *PaneTable[K, V]) Starts() []int64 { panic("soon") }

// Len is the number of rows in all panes.
func (p *PaneTable[K, V]) Len() int { panic("soon") }
