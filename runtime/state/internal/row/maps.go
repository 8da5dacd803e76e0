package row

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// mapCodec goes through maps of one type by reflection, the only way to a map
// whose type is not known to the compiler. Scratch values are reused, so that
// writing allocates nothing.
type mapCodec struct {
	typ     reflect.Type
	scratch sync.Pool // of *mapScratch
}

type mapScratch struct {
	iter      *reflect.MapIter
	key, elem reflect.Value // one entry, addressable
	entries   []mapEntry
	rows      []byte // of the elements
}

type mapEntry struct {
	key      string
	from, to int // in rows
}

func newMapCodec(t reflect.Type) *mapCodec {
	return &mapCodec{typ: t, scratch: sync.Pool{New: func() any {
		return &mapScratch{iter: new(reflect.MapIter), key: reflect.New(t.Key()).Elem(), elem: reflect.New(t.Elem()).Elem()}
	}}}
}

// append appends the map at p in the order of its keys: equal maps have equal
// rows.
func (c *mapCodec) append(dst []byte, p unsafe.Pointer, elem encoder) []byte {
	m := reflect.NewAt(c.typ, p).Elem()
	if dst = appendIsSet(dst, !m.IsNil()); m.IsNil() {
		return dst
	}
	if m.Len() > 0 {
		s := c.scratch.Get().(*mapScratch)
		dst = appendLong(dst, int64(m.Len()))
		for s.iter.Reset(m); s.iter.Next(); {
			s.key.SetIterKey(s.iter)
			s.elem.SetIterValue(s.iter)
			from := len(s.rows)
			s.rows = elem.append(s.rows, s.elem.Addr().UnsafePointer())
			s.entries = append(s.entries, mapEntry{s.key.String(), from, len(s.rows)})
		}
		slices.SortFunc(s.entries, func(a, b mapEntry) int { return cmp.Compare(a.key, b.key) })
		for _, e := range s.entries {
			dst = appendLong(dst, int64(len(e.key)))
			dst = append(dst, e.key...)
			dst = append(dst, s.rows[e.from:e.to]...)
		}
		c.release(s)
	}
	return append(dst, 0)
}

// release lets go of what was in the map.
func (c *mapCodec) release(s *mapScratch) {
	s.iter.Reset(reflect.Value{})
	s.key.SetZero()
	s.elem.SetZero()
	clear(s.entries)
	s.entries, s.rows = s.entries[:0], s.rows[:0]
	c.scratch.Put(s)
}

// firstEntries is how many entries a map gets room for on the word of a row;
// more room comes with the entries.
const firstEntries = 256

// decode reads a map into p, one with entries nor not.
func (c *mapCodec) decode(data []byte, at int, p unsafe.Pointer, least int, elem decoder) (int, error) {
	m := reflect.NewAt(c.typ, p).Elem()
	var s *mapScratch
	for {
		n, next, err := count(data, at, 1+least)
		if err != nil {
			return 0, err
		}
		at = next
		if m.IsNil() {
			m.Set(reflect.MakeMapWithSize(c.typ, min(n, firstEntries)))
		}
		if n == 0 {
			if s != nil {
				c.release(s)
			}
			return at, nil
		}
		if s == nil {
			s = c.scratch.Get().(*mapScratch)
		}
		for range n {
			size, next, err := length(data, at)
			if err != nil {
				return 0, err
			}
			at = next + size
			s.key.SetString(string(data[next:at]))
			s.elem.SetZero()
			if at, err = elem.decode(data, at, s.elem.Addr().UnsafePointer()); err != nil {
				return 0, err
			}
			m.SetMapIndex(s.key, s.elem)
		}
	}
}
