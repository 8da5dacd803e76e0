package state

import (
	"math"
	"reflect"
	"unsafe"
)

// Row is one row of a table.
type Row[K comparable, V any] struct {
	Hash  uint64
	Key   K
	Value V
}

// Table is a dense typed hash table: rows lie one after another in the order in
// which their keys were first seen, beside an index of slots that say where. So
// firing a window and writing a checkpoint are linear scans. It is owned by one
// goroutine. A table grows and is emptied as a whole; single rows stay.
//
// Hashes are the caller's, of HashOf. Keys are copied when they are first seen,
// also the bytes of their strings, which may be views of a record.
type Table[K comparable, V any] struct {
	// index is open addressing with linear probing from the low bits of the
	// hash. A slot holds the high half of the hash, which tells nearly all other
	// keys apart without a look at their rows, and the row's number plus one; 0
	// is empty. Its length is a power of two, and five of eight slots are used
	// at most.
	index []uint64
	rows  []Row[K, V] // up to cap, rows are zero
	keys  keyBytes
	// frozen is the snapshot that the rows are still part of, nil if none is.
	frozen *frozenRows[K, V]

	touched uint64 // see Locate
}

const (
	smallestIndex = 16
	mostRows      = math.MaxUint32 - 1
	tagBits       = 0xffffffff << 32
)

// NewTable makes a table that holds capacity rows before it grows.
func NewTable[K comparable, V any](capacity int) *Table[K, V] {
	slots := smallestIndex
	for usable(slots) < capacity {
		slots *= 2
	}
	return &Table[K, V]{index: make([]uint64, slots), rows: make([]Row[K, V], 0, capacity), keys: keyBytesOf(reflect.TypeFor[K]())}
}

// usable is how many slots of an index may be used.
func usable(slots int) int { return slots / 8 * 5 }

// At returns the value of a key, inserting a zero one. The pointer is good
// until the next insert or Freeze.
func (t *Table[K, V]) At(h uint64, k K) *V {
	index := t.index
	i := h
	for {
		slot := index[i&uint64(len(index)-1)]
		if slot == 0 {
			return &t.insert(h, k, i).Value
		}
		if (slot^h)&tagBits == 0 {
			if r := &t.rows[uint32(slot)-1]; r.Key == k {
				if t.frozen != nil {
					t.keep(uint32(slot) - 1)
				}
				return &r.Value
			}
		}
		i++
	}
}

// Get returns the value of a key if there is one. The pointer is good until the
// next insert or Freeze.
func (t *Table[K, V]) Get(h uint64, k K) (*V, bool) {
	index := t.index
	for i := h; ; i++ {
		slot := index[i&uint64(len(index)-1)]
		if slot == 0 {
			return nil, false
		}
		if (slot^h)&tagBits == 0 {
			if r := &t.rows[uint32(slot)-1]; r.Key == k {
				if t.frozen != nil {
					t.keep(uint32(slot) - 1)
				}
				return &r.Value, true
			}
		}
	}
}

// insert adds a row with a zero value, which belongs into a slot that is empty.
//
//go:noinline
func (t *Table[K, V]) insert(h uint64, k K, slot uint64) *Row[K, V] {
	if len(t.rows) >= usable(len(t.index)) {
		t.index = make([]uint64, 2*len(t.index))
		for i := range t.rows {
			t.place(t.rows[i].Hash, i)
		}
		slot = h
	}
	n := len(t.rows)
	if n == cap(t.rows) {
		t.grow()
	}
	t.rows = t.rows[:n+1]
	r := &t.rows[n]
	r.Hash, r.Key = h, k
	t.keys.own(unsafe.Pointer(&r.Key))
	t.placeFrom(slot, h, n)
	return r
}

// place enters a row into the index.
func (t *Table[K, V]) place(h uint64, row int) { t.placeFrom(h, h, row) }

func (t *Table[K, V]) placeFrom(slot, h uint64, row int) {
	mask := uint64(len(t.index) - 1)
	for t.index[slot&mask] != 0 {
		slot++
	}
	t.index[slot&mask] = h&tagBits | uint64(row+1)
}

// grow makes room for more rows: twice as many while they are few, half as many
// more when they are many.
func (t *Table[K, V]) grow() {
	n := len(t.rows)
	if uint64(n) >= mostRows {
		panic("a table of keyed state holds 2^32-2 rows at most: give the job more subtasks")
	}
	rows := make([]Row[K, V], n, n+max(n/2, min(n, 1<<16), 8))
	copy(rows, t.rows)
	t.rows = rows
	t.frozen = nil // has the old memory for itself
}

// Rows are all rows, in the order they were first seen. The slice is good
// until the next insert. It is for reading; only what At, Get or Locate has
// found since the last Freeze may be written.
func (t *Table[K, V]) Rows() []Row[K, V] { return t.rows }

// Len is the number of rows.
func (t *Table[K, V]) Len() int { return len(t.rows) }

// Reset removes all rows and keeps the memory, without what rows pointed to.
func (t *Table[K, V]) Reset() {
	clear(t.index)
	if t.frozen != nil && !t.frozen.over() {
		t.rows = nil // the snapshot's now
	}
	clear(t.rows)
	t.rows = t.rows[:0]
	t.keys.forget()
	t.frozen = nil
}
