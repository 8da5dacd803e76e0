package state

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// snapshot is a frozen table and what it must hold.
type snapshot struct {
	frozen *frozenRows[uint16, int]
	want   map[uint16]int
	got    map[uint16]int
	rows   []Row[uint16, int] // scratch
}

// step reads a chunk, and false at the end.
func (s *snapshot) step() bool {
	rows := s.frozen.next(s.rows)
	for _, r := range rows {
		s.got[r.Key] = r.Value
	}
	return len(rows) > 0
}

// TestSnapshotsAreExact interleaves reading snapshots, chunk by chunk, with
// everything that can happen to a table meanwhile.
func TestSnapshotsAreExact(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		table, model := NewTable[uint16, int](0), map[uint16]int{}
		var snapshots []*snapshot
		key := rapid.Uint16Range(0, 2000)
		hash := func(k uint16) uint64 { return hashWord(uint64(k)) }
		fill := func(n uint16) {
			for k := range n {
				*table.At(hash(k), k)++
				model[k]++
			}
		}
		fill(rapid.Uint16Range(0, 1000).Draw(r, "rows"))
		r.Repeat(map[string]func(*rapid.T){
			"at": func(r *rapid.T) {
				k := key.Draw(r, "key")
				*table.At(hash(k), k) += 3
				model[k] += 3
			},
			"get": func(r *rapid.T) {
				k := key.Draw(r, "key")
				if v, ok := table.Get(hash(k), k); ok {
					*v += 5
					model[k] += 5
				}
			},
			"locate": func(r *rapid.T) {
				ks := rapid.SliceOfN(key, 1, 100).Draw(r, "keys")
				hs, rows := make([]uint64, len(ks)), make([]uint32, len(ks))
				for i, k := range ks {
					hs[i] = hash(k)
				}
				table.Locate(hs, ks, rows)
				for i, row := range rows {
					table.Rows()[row].Value += 7
					model[ks[i]] += 7
				}
			},
			"grow": func(r *rapid.T) { fill(rapid.Uint16Range(0, 3000).Draw(r, "rows")) },
			"reset": func(*rapid.T) {
				table.Reset()
				clear(model)
			},
			"freeze": func(*rapid.T) {
				snapshots = append(snapshots, &snapshot{
					frozen: table.freeze(), want: maps.Clone(model), got: map[uint16]int{}, rows: make([]Row[uint16, int], 0, chunkRows),
				})
			},
			"read": func(r *rapid.T) {
				if len(snapshots) > 0 {
					s := rapid.SampledFrom(snapshots).Draw(r, "snapshot")
					for range rapid.IntRange(1, 20).Draw(r, "chunks") {
						s.step()
					}
				}
			},
			"give up": func(*rapid.T) {
				if len(snapshots) > 0 {
					snapshots[0].frozen.end()
					snapshots = snapshots[1:]
				}
			},
			"": func(r *rapid.T) {
				if table.Len() != len(model) {
					r.Fatalf("%d rows, want %d", table.Len(), len(model))
				}
			},
		})
		for i, s := range snapshots {
			for s.step() {
			}
			if !maps.Equal(s.got, s.want) {
				r.Fatalf("snapshot %d holds %v, want %v", i, s.got, s.want)
			}
		}
	})
}

// TestSnapshotBesideEvents reads snapshots on another goroutine. The race
// detector watches.
func TestSnapshotBesideEvents(t *testing.T) {
	const rows = 20_000
	table := NewTable[int, [2]int](0)
	keys := make([]int, rows)
	for i := range keys {
		keys[i] = i
	}
	hs, at := hashes(t, keys...), make([]uint32, batch)
	add := func(round int) {
		for i := 0; i+batch <= rows; i += batch {
			from := (i*31 + round*97) % (rows - batch)
			table.Locate(hs[from:from+batch], keys[from:from+batch], at)
			for _, row := range at {
				v := &table.Rows()[row].Value
				v[0], v[1] = v[0]+1, v[1]+1
			}
		}
	}
	for i, k := range keys {
		table.At(hs[i], k)
	}
	for round := range 20 {
		want := slices.Clone(table.Rows())
		frozen := table.freeze()
		var wg sync.WaitGroup
		wg.Go(func() {
			seen := 0
			for chunk, scratch := []Row[int, [2]int](nil), make([]Row[int, [2]int], 0, chunkRows); ; {
				if chunk = frozen.next(scratch); len(chunk) == 0 {
					break
				}
				for _, r := range chunk {
					if r != want[seen] {
						t.Errorf("round %d, row %d is %+v, was %+v at the barrier", round, seen, r, want[seen])
						return
					}
					seen++
				}
			}
			if seen != len(want) {
				t.Errorf("round %d: %d rows of %d", round, seen, len(want))
			}
		})
		add(round)
		if round%5 == 4 {
			table.Reset()
			add(round)
		}
		wg.Wait()
	}
}
