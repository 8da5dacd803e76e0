package row

import (
	"fmt"
	"reflect"
	"unsafe"
)

// readSlice reads blocks of elements. The slice grows by what the row has bytes
// for, whatever it says.
func (s *readStep) readSlice(data []byte, at int, p unsafe.Pointer) (int, error) {
	all := reflect.NewAt(s.typ, p).Elem()
	for {
		n, next, err := count(data, at, s.least)
		if err != nil {
			return 0, err
		}
		at = next
		if n == 0 {
			if all.IsNil() {
				all.Set(reflect.MakeSlice(s.typ, 0, 0))
			}
			return at, nil
		}
		before := all.Len()
		all.Grow(n)
		all.SetLen(before + n)
		first := unsafe.Add(all.UnsafePointer(), uintptr(before)*s.size)
		if at, err = s.readElements(data, at, first, n); err != nil {
			return 0, err
		}
	}
}

func (s *readStep) readArray(data []byte, at int, p unsafe.Pointer) (int, error) {
	for before := 0; ; {
		n, next, err := count(data, at, s.least)
		if err != nil {
			return 0, err
		}
		at = next
		switch {
		case n == 0 && before == s.count:
			return at, nil
		case n == 0 || n > s.count-before:
			return 0, fmt.Errorf("%d elements and %d more in an array of %d", before, n, s.count)
		}
		if at, err = s.readElements(data, at, unsafe.Add(p, uintptr(before)*s.size), n); err != nil {
			return 0, err
		}
		before += n
	}
}

func (s *readStep) readElements(data []byte, at int, first unsafe.Pointer, n int) (int, error) {
	var err error
	for i := range n {
		if at, err = s.elem.decode(data, at, unsafe.Add(first, uintptr(i)*s.size)); err != nil {
			return 0, err
		}
	}
	return at, nil
}

// skip goes over what the type has no field for.
func (s *readStep) skip(data []byte, at int) (int, error) {
	switch s.do {
	case skipLong:
		_, at, err := long(data, at)
		return at, err
	case skipFixed:
		if len(data)-at < s.count {
			return 0, errShort
		}
		return at + s.count, nil
	case skipString:
		n, at, err := length(data, at)
		return at + n, err
	}
	least := s.least
	if s.do == skipMap {
		least++
	}
	for {
		n, next, err := count(data, at, least)
		if err != nil || n == 0 {
			return next, err
		}
		at = next
		for range n {
			if s.do == skipMap {
				size, next, err := length(data, at)
				if err != nil {
					return 0, err
				}
				at = next + size
			}
			if at, err = s.elem.decode(data, at, nil); err != nil {
				return 0, err
			}
		}
	}
}
