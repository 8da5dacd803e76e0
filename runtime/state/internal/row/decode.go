package row

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"time"
	"unsafe"
)

// decoder reads rows of one schema into zero values of one type. A field that
// the schema lacks has no step and stays zero, one that the type lacks has a
// step that skips it.
type decoder []readStep

// readStep reads what comes next in the row into an offset of the value.
type readStep struct {
	do     action
	offset uintptr
	path   string // of the field, for errors
	count  int    // bytes of a fixed, elements of an array, steps of a nullable
	elem   decoder
	least  int          // bytes of an element
	typ    reflect.Type // of a slice, or what a pointer points to
	size   uintptr      // of an element
	maps   *mapCodec
}

type action uint8

const (
	readBool action = iota
	readInt8
	readInt16
	readInt32
	readInt64 // and all bits of a uint64
	readUint8
	readUint16
	readUint32
	readFloat32
	readFloat64
	widenFloat  // a float to a float64
	floatInt32  // an integer to a float32
	floatInt64  // an integer to a float64
	readString  // and bytes
	readBytes   // and a string
	readFixed   // bytes of known number
	readTime    // the record of a time
	readSlice   // any number of elements
	readArray   // a known number
	readMap     //
	readPointer // to a new value
	ifSet       // goes over the next steps if null comes next
	skipLong    // and int, boolean
	skipFixed   // bytes of known number
	skipString  // and bytes
	skipArray
	skipMap
)

// decode reads a row that starts at a position and returns where it ends.
func (d decoder) decode(data []byte, at int, v unsafe.Pointer) (int, error) {
	for i := 0; i < len(d); i++ {
		s := &d[i]
		p := unsafe.Add(v, s.offset)
		var err error
		switch s.do {
		case readInt64:
			var x int64
			if x, at, err = long(data, at); err == nil {
				*(*int64)(p) = x
			}
		case readInt8, readInt16, readInt32, readUint8, readUint16, readUint32:
			var x int64
			if x, at, err = long(data, at); err == nil {
				err = s.store(p, x)
			}
		case floatInt32, floatInt64:
			var x int64
			if x, at, err = long(data, at); err == nil {
				err = s.storeFloat(p, x)
			}
		case readFloat64:
			if len(data)-at < 8 {
				err = errShort
				break
			}
			*(*float64)(p) = math.Float64frombits(binary.LittleEndian.Uint64(data[at:]))
			at += 8
		case readFloat32, widenFloat:
			if len(data)-at < 4 {
				err = errShort
				break
			}
			x := math.Float32frombits(binary.LittleEndian.Uint32(data[at:]))
			at += 4
			if s.do == readFloat32 {
				*(*float32)(p) = x
			} else {
				*(*float64)(p) = float64(x)
			}
		case readString:
			var n int
			if n, at, err = length(data, at); err == nil {
				*(*string)(p) = string(data[at : at+n])
				at += n
			}
		case readBytes:
			var n int
			if n, at, err = length(data, at); err == nil {
				*(*[]byte)(p) = append(make([]byte, 0, n), data[at:at+n]...)
				at += n
			}
		case readBool, ifSet:
			at, err = at+1, errShort
			if at <= len(data) {
				i, err = s.branch(data[at-1], p, i)
			}
		case readFixed:
			if len(data)-at < s.count {
				err = errShort
				break
			}
			copy(unsafe.Slice((*byte)(p), s.count), data[at:])
			at += s.count
		case readTime:
			at, err = readTimeAt(data, at, (*time.Time)(p))
		case readSlice:
			at, err = s.readSlice(data, at, p)
		case readArray:
			at, err = s.readArray(data, at, p)
		case readMap:
			at, err = s.maps.decode(data, at, p, s.least, s.elem)
		case readPointer:
			to := reflect.New(s.typ).UnsafePointer()
			*(*unsafe.Pointer)(p) = to
			at, err = s.elem.decode(data, at, to)
		default:
			at, err = s.skip(data, at)
		}
		if err != nil {
			return 0, s.wrong(err)
		}
	}
	return at, nil
}

// RowError says what is wrong with a row, and with which field of it.
type RowError struct {
	Field string // path in the value, empty for the whole
	Err   error
}

// Error is the field and what is wrong.
func (e *RowError) Error() string {
	if e.Field == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("field %s: %v", e.Field, e.Err)
}

// Unwrap returns what is wrong.
func (e *RowError) Unwrap() error { return e.Err }

func (s *readStep) wrong(err error) error {
	if _, known := err.(*RowError); known {
		return err // of a field of an element
	}
	return &RowError{s.path, err}
}

// branch reads a byte that is a bool, or the branch of a union. It returns the
// step to go on after.
func (s *readStep) branch(b byte, p unsafe.Pointer, i int) (int, error) {
	switch {
	case s.do == readBool && b <= 1:
		*(*bool)(p) = b == 1
	case s.do == ifSet && b == 0:
		return i + s.count, nil
	case s.do == ifSet && b == 2:
	default:
		return i, fmt.Errorf("%#x is neither of two values", b)
	}
	return i, nil
}

// store stores an integer that must fit.
func (s *readStep) store(p unsafe.Pointer, x int64) error {
	fits := false
	switch s.do {
	case readInt8:
		*(*int8)(p), fits = int8(x), int64(int8(x)) == x
	case readInt16:
		*(*int16)(p), fits = int16(x), int64(int16(x)) == x
	case readInt32:
		*(*int32)(p), fits = int32(x), int64(int32(x)) == x
	case readUint8:
		*(*uint8)(p), fits = uint8(x), int64(uint8(x)) == x
	case readUint16:
		*(*uint16)(p), fits = uint16(x), int64(uint16(x)) == x
	case readUint32:
		*(*uint32)(p), fits = uint32(x), int64(uint32(x)) == x
	}
	if !fits {
		return fmt.Errorf("%d does not fit its type", x)
	}
	return nil
}

// storeFloat stores an integer in a float that must hold it exactly.
func (s *readStep) storeFloat(p unsafe.Pointer, x int64) error {
	exact := false
	if s.do == floatInt32 {
		f := float32(x)
		*(*float32)(p), exact = f, -1<<63 <= f && f < 1<<63 && int64(f) == x
	} else {
		f := float64(x)
		*(*float64)(p), exact = f, -1<<63 <= f && f < 1<<63 && int64(f) == x
	}
	if !exact {
		return fmt.Errorf("%d is an integer that its type, a float, cannot hold exactly", x)
	}
	return nil
}

func readTimeAt(data []byte, at int, t *time.Time) (int, error) {
	seconds, at, err := long(data, at)
	if err != nil {
		return 0, err
	}
	nanos, at, err := long(data, at)
	if err != nil {
		return 0, err
	}
	offset, at, err := long(data, at)
	if err != nil {
		return 0, err
	}
	const day = 24 * 60 * 60
	if nanos < 0 || nanos >= 1e9 || offset <= -day || offset >= day {
		return 0, fmt.Errorf("a time with %d nanoseconds, %d seconds from UTC", nanos, offset)
	}
	*t = time.Unix(seconds, nanos)
	if offset == 0 {
		*t = t.UTC()
	} else {
		*t = t.In(time.FixedZone("", int(offset)))
	}
	return at, nil
}

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
