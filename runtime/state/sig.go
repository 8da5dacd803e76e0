package state

import (
	"context"
	"encoding/json"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// HashOf returns the stable hash of a kind of key, chosen once when the graph
// is built. Integers, bool, string and structs and arrays of those have one.
func HashOf[K comparable]() (func(keys []K, out []uint64), error) { panic("soon") }

// KeyGroup is the key group of a hash: 0 <= group < groups.
func KeyGroup(h uint64, groups int) int { panic("soon") }

// GroupRange is the range [from, to) of key groups that a subtask owns.
func GroupRange(groups, parallelism, subtask int) (from, to int) { panic("soon") }

// Codec encodes values of one Go type as Avro-binary rows.
type Codec[V any] struct{}

// CodecOf compiles the codec of V, or says which field cannot be kept.
func CodecOf[V any]() (*Codec[V], error) { panic("soon") }

// Schema is the Avro schema of the rows.
func (c *Codec[V]) Schema() json.RawMessage { panic("soon") }

// Append appends one row to dst.
func (c *Codec[V]) Append(dst []byte, v *V) []byte { panic("soon") }

// Decode reads one row into v, which need not be zero, and returns what follows it.
func (c *Codec[V]) Decode(data []byte, v *V) (rest []byte, err error) { panic("soon") }

// Resolve returns a codec that reads rows written with another schema, or says
// why they cannot be read. It writes rows as c does.
func (c *Codec[V]) Resolve(writer json.RawMessage) (*Codec[V], error) { panic("soon") }

// Row is one row of a table.
type Row[K comparable, V any] struct {
	Hash  uint64
	Key   K
	Value V
}

// Table is a dense typed hash table. It is owned by one goroutine.
type Table[K comparable, V any] struct{}

// NewTable makes a table that holds capacity rows before it grows.
func NewTable[K comparable, V any](capacity int) *Table[K, V] { panic("soon") }

// At returns the value of a key, inserting a zero one. The pointer is good
// until the next insert.
func (t *Table[K, V]) At(h uint64, k K) *V { panic("soon") }

// Get returns the value of a key if there is one.
func (t *Table[K, V]) Get(h uint64, k K) (*V, bool) { panic("soon") }

// Locate finds the rows of a whole batch, inserting zero ones: out[i] is the
// index in Rows of ks[i]. It overlaps the cache misses of large tables.
func (t *Table[K, V]) Locate(hs []uint64, ks []K, out []uint32) { panic("soon") }

// Rows are all rows, in the order they were first seen. The slice is good
// until the next insert.
func (t *Table[K, V]) Rows() []Row[K, V] { panic("soon") }

// Len is the number of rows.
func (t *Table[K, V]) Len() int { panic("soon") }

// Reset removes all rows and keeps the memory.
func (t *Table[K, V]) Reset() { panic("soon") }

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
