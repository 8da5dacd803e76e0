package state

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// clash is a hash that many keys share: the whole, the tag or the slot of it.
func clash(key uint8) uint64 {
	switch h := hashWord(uint64(key)); key % 4 {
	case 0:
		return h
	case 1:
		return h & tagBits
	case 2:
		return h & 0xff
	}
	return 7
}

func TestTableIsAMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		table, want, order := NewTable[uint8, int](rapid.IntRange(0, 40).Draw(r, "capacity")), map[uint8]int{}, []uint8{}
		see := func(k uint8, n int) {
			if _, ok := want[k]; !ok {
				order = append(order, k)
			}
			want[k] += n
		}
		key := rapid.Uint8()
		r.Repeat(map[string]func(*rapid.T){
			"at": func(r *rapid.T) {
				k := key.Draw(r, "key")
				*table.At(clash(k), k)++
				see(k, 1)
			},
			"locate": func(r *rapid.T) {
				ks := rapid.SliceOfN(key, 0, 200).Draw(r, "keys")
				hs, rows := make([]uint64, len(ks)), make([]uint32, len(ks))
				for i, k := range ks {
					hs[i] = clash(k)
				}
				if rapid.Bool().Draw(r, "large") {
					for at := 0; at < len(ks); at += group {
						end := min(at+group, len(ks))
						table.locateGroup(hs[at:end], ks[at:end], rows[at:end])
					}
				} else {
					table.Locate(hs, ks, rows)
				}
				for i, row := range rows {
					if got := table.Rows()[row]; got.Key != ks[i] || got.Hash != hs[i] {
						r.Fatalf("row %d of key %d is %+v", row, ks[i], got)
					}
					table.Rows()[row].Value += 10
					see(ks[i], 10)
				}
			},
			"get": func(r *rapid.T) {
				k := key.Draw(r, "key")
				v, ok := table.Get(clash(k), k)
				if n, known := want[k]; ok != known || ok && *v != n {
					r.Fatalf("get %d: %v %v, want %d %v", k, v, ok, n, known)
				}
			},
			"reset": func(*rapid.T) {
				table.Reset()
				clear(want)
				order = order[:0]
			},
			"": func(r *rapid.T) {
				got, keys := map[uint8]int{}, []uint8(nil)
				for _, row := range table.Rows() {
					got[row.Key] = row.Value
					keys = append(keys, row.Key)
				}
				if !maps.Equal(got, want) || !slices.Equal(keys, order) || table.Len() != len(want) {
					r.Fatalf("%d rows: %v in order %v, want %v in order %v", table.Len(), got, keys, want, order)
				}
			},
		})
	})
}

func TestTableGrowsFar(t *testing.T) {
	const n = 300_000
	table := NewTable[int64, int64](0)
	keys := make([]int64, n)
	for i := range keys {
		keys[i] = int64(i) * 3
	}
	hs, rows := hashes(t, keys...), make([]uint32, n)
	for range 3 {
		table.Locate(hs, keys, rows)
		for i, row := range rows {
			table.Rows()[row].Value += keys[i]
		}
	}
	if table.Len() != n {
		t.Fatalf("%d rows of %d keys", table.Len(), n)
	}
	for i, row := range table.Rows() {
		if row.Key != keys[i] || row.Value != 3*keys[i] {
			t.Fatalf("row %d: %+v", i, row)
		}
	}
}

// TestTableOwnsItsKeys overwrites the bytes that keys were views of.
func TestTableOwnsItsKeys(t *testing.T) {
	type key struct {
		ID    int
		Names [2]string
	}
	buffer := []byte("first second")
	view := func(from, to int) string { return unsafe.String(&buffer[from], to-from) }
	k := key{7, [2]string{view(0, 5), view(6, 12)}}
	table := NewTable[key, int](1)
	h := hashes(t, k)[0]
	*table.At(h, k) = 1
	copy(buffer, "xxxxxxxxxxxx")
	if _, ok := table.Get(h, key{7, [2]string{"first", "second"}}); !ok {
		t.Errorf("the key has become %v", table.Rows()[0].Key)
	}
	names := NewTable[string, int](1)
	for i := range 20_000 {
		name := fmt.Sprint("name ", i)
		*names.At(hashString(name), name) = i
	}
	for i, row := range names.Rows() {
		if row.Key != fmt.Sprint("name ", i) || row.Value != i {
			t.Fatalf("row %d is %v", i, row)
		}
	}
}

func TestResetKeepsNothingAlive(t *testing.T) {
	table := NewTable[int, *[1 << 16]byte](4)
	gone := make(chan struct{})
	v := new([1 << 16]byte)
	runtime.AddCleanup(v, func(c chan struct{}) { close(c) }, gone)
	*table.At(1, 1) = v
	v = nil
	table.Reset()
	for range 100 {
		runtime.GC()
		select {
		case <-gone:
			if v := table.At(1, 1); *v != nil {
				t.Fatal("a row after Reset is not zero")
			}
			return
		default:
		}
	}
	t.Fatal("a table that was reset keeps its values alive")
}

func TestTableAllocatesNothing(t *testing.T) {
	const n = 1 << 16
	keys := make([]int64, n)
	for i := range keys {
		keys[i] = int64(i)
	}
	hs, rows := hashes(t, keys...), make([]uint32, n)
	table := NewTable[int64, int64](n)
	if allocs := testing.AllocsPerRun(3, func() {
		table.Locate(hs, keys, rows)
		for i, k := range keys {
			*table.At(hs[i], k)++
		}
		table.Reset()
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
