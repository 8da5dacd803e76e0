package state

import (
	"fmt"
	"slices"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// kindPanes is the kind of a state of panes in a manifest.
const kindPanes = "panes"

// spareTables is how many tables of dropped panes wait to be used again.
const spareTables = 2

// PaneTable is a state with one table for each start of a window, in
// nanoseconds since 1970. It is owned by the subtask's goroutine.
type PaneTable[K comparable, V any] struct {
	rows rowType[K, V]
	paneSet[K, V]
	spare    []*Table[K, V]
	restored paneSet[K, V] // until it is installed
}

// paneSet is the tables of window starts, in the order of those.
type paneSet[K comparable, V any] struct {
	starts []int64
	tables []*Table[K, V]
}

// rowType is how the rows of a state are hashed, written and read.
type rowType[K comparable, V any] struct {
	name   string
	hash   keyHash[K]
	keys   *Codec[K]
	values *Codec[V]
}

// Panes declares a state of panes. Names are unique in an operator. The error
// names every part of K and V that cannot be kept.
func Panes[K comparable, V any](s *Subtask, name string) (*PaneTable[K, V], error) {
	var faults fault.List
	r := rowType[K, V]{name: name}
	var err error
	if r.hash, err = hashOf[K](); err != nil {
		faults = append(faults, err)
	} else if r.keys, err = CodecOf[K](); err != nil {
		faults = append(faults, err)
	} else if left := r.keys.row.Left(); len(left) > 0 {
		faults = append(faults, &fault.Error{
			What: "a key cannot leave out a field: keys that differ in it would become one", Where: left[0],
			Do: `remove its tag spaas:"-"`, Incurable: true,
		})
	}
	if r.values, err = CodecOf[V](); err != nil {
		faults = append(faults, err)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	p := &PaneTable[K, V]{rows: r}
	return p, s.declare(p)
}

// Pane returns the table of a window start, making it if need be.
func (p *PaneTable[K, V]) Pane(start int64) *Table[K, V] {
	i, found := slices.BinarySearch(p.starts, start)
	if found {
		return p.tables[i]
	}
	var t *Table[K, V]
	if n := len(p.spare); n > 0 {
		t, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		t = NewTable[K, V](0)
	}
	p.insert(i, start, t)
	return t
}

func (p *paneSet[K, V]) insert(i int, start int64, t *Table[K, V]) {
	p.starts, p.tables = slices.Insert(p.starts, i, start), slices.Insert(p.tables, i, t)
}

// Lookup returns the table of a window start, nil if there is none.
func (p *PaneTable[K, V]) Lookup(start int64) *Table[K, V] {
	if i, found := slices.BinarySearch(p.starts, start); found {
		return p.tables[i]
	}
	return nil
}

// Drop forgets a window start; its table must not be used any more.
func (p *PaneTable[K, V]) Drop(start int64) {
	i, found := slices.BinarySearch(p.starts, start)
	if !found {
		return
	}
	t := p.tables[i]
	p.starts, p.tables = slices.Delete(p.starts, i, i+1), slices.Delete(p.tables, i, i+1)
	// The next window will hold about as many keys. A table that was mostly
	// empty is let go instead, so that one flood of keys is not paid for ever.
	if len(p.spare) < spareTables && t.Len() >= cap(t.rows)/8 {
		t.Reset()
		p.spare = append(p.spare, t)
	}
}

// Starts are the window starts that have a table, in order. The slice is good
// until the next Pane or Drop.
func (p *PaneTable[K, V]) Starts() []int64 { return p.starts }

// Len is the number of rows in all panes.
func (p *PaneTable[K, V]) Len() (n int) {
	for _, t := range p.tables {
		n += t.Len()
	}
	return n
}

func (p *PaneTable[K, V]) schema() checkpoint.StateSchema {
	return checkpoint.StateSchema{
		Name: p.rows.name, Kind: kindPanes, Hash: p.rows.hash.name, Key: p.rows.keys.Schema(), Value: p.rows.values.Schema(),
	}
}

func (p *PaneTable[K, V]) freeze(number int, groups, from, to int) (frozenState, error) {
	f := &frozenPanes[K, V]{keys: p.rows.keys, values: p.rows.values, starts: slices.Clone(p.starts)}
	for _, t := range p.tables {
		f.panes = append(f.panes, t.freeze())
	}
	if !p.rows.values.row.Shares() {
		return f, nil
	}
	return encodeNow(f, number, groups, from, to)
}

func (p *PaneTable[K, V]) begin() { p.restored = paneSet[K, V]{} }

func (p *PaneTable[K, V]) install() {
	p.paneSet, p.restored = p.restored, paneSet[K, V]{}
}

func (p *PaneTable[K, V]) reader(written checkpoint.StateSchema) (rowReader, error) {
	var faults fault.List
	own := p.schema()
	if written.Kind != own.Kind {
		faults = append(faults, &fault.Error{What: fmt.Sprintf("it is a state of %s, and was of %s", own.Kind, written.Kind), Incurable: true})
	}
	if written.Hash != own.Hash {
		faults = append(faults, &fault.Error{
			What: fmt.Sprintf("keys hash by %s, and hashed by %s", own.Hash, written.Hash), Incurable: true,
			Do: "key by what it was keyed by, or give the operator a new name to begin without its state",
		})
	}
	keys, err := p.rows.keys.Resolve(written.Key)
	if err != nil {
		faults = append(faults, fmt.Errorf("key: %w", err))
	} else if added, lost := keys.row.Changes(); len(added)+len(lost) > 0 {
		faults = append(faults, &fault.Error{
			What: fmt.Sprintf("fields of the key have changed: %v are new, %v are gone", added, lost), Incurable: true,
			Do: "give the fields the names that they had, by tags spaas:\"name\"",
		})
	}
	values, err := p.rows.values.Resolve(written.Value)
	if err != nil {
		faults = append(faults, fmt.Errorf("value: %w", err))
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return &paneReader[K, V]{into: &p.restored, hash: p.rows.hash, keys: keys, values: values}, nil
}
