package state

import "unsafe"

const (
	// group is how many look-ups Locate has under way at once. Cores follow some
	// 10 to 20 cache misses at a time; more only costs the nearest cache.
	group = 64
	// nearBytes is the size up to which a table lies in the caches near the core
	// (L2), where looking twice costs more than it saves.
	nearBytes = 1 << 20
)

// Locate finds the rows of a whole batch, inserting zero ones: out[i] is the
// index in Rows of ks[i], good until Reset. It overlaps the cache misses of
// large tables.
func (t *Table[K, V]) Locate(hs []uint64, ks []K, out []uint32) {
	hs, out = hs[:len(ks)], out[:len(ks)]
	if 8*len(t.index)+int(unsafe.Sizeof(Row[K, V]{}))*len(t.rows) < nearBytes {
		for i, k := range ks {
			out[i] = t.row(hs[i], k)
		}
	} else {
		for at := 0; at < len(ks); at += group {
			end := min(at+group, len(ks))
			t.locateGroup(hs[at:end], ks[at:end], out[at:end])
		}
	}
	for i := 0; i < len(out) && t.frozen != nil; i++ {
		t.keep(out[i])
	}
}

// locateGroup first loads the slot of every key, then the row that each slot
// names, and only then compares: the loads of one pass do not wait for each
// other, so that a group waits for memory twice instead of twice a key.
func (t *Table[K, V]) locateGroup(hs []uint64, ks []K, out []uint32) {
	var slots [group]uint64
	index, rows := t.index, t.rows
	for i, h := range hs {
		slots[i%group] = index[h&uint64(len(index)-1)]
	}
	touched := uint64(0)
	for i := range hs {
		if row := int(uint32(slots[i%group])) - 1; uint(row) < uint(len(rows)) {
			touched += rows[row].Hash
		}
	}
	t.touched = touched // or the loads would be no use, and left out
	for i, h := range hs {
		// An insert of this group may have moved the slots, but never rows.
		slot := slots[i%group]
		if row := uint32(slot) - 1; slot != 0 && (slot^h)&tagBits == 0 && t.rows[row].Key == ks[i] {
			out[i] = row
		} else {
			out[i] = t.row(h, ks[i])
		}
	}
}

// row is the number of the row of a key, inserting a zero one.
func (t *Table[K, V]) row(h uint64, k K) uint32 {
	index := t.index
	i := h
	for {
		slot := index[i&uint64(len(index)-1)]
		if slot == 0 {
			t.insert(h, k, i)
			return uint32(len(t.rows) - 1)
		}
		if (slot^h)&tagBits == 0 && t.rows[uint32(slot)-1].Key == k {
			return uint32(slot) - 1
		}
		i++
	}
}
