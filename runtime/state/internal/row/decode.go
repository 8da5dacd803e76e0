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
