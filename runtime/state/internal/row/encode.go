package row

import (
	"encoding/binary"
	"math"
	"time"
	"unsafe"
)

// encoder writes values of one type: its steps, one after another. Fields of
// nested records are steps of the outer one, because an Avro record is nothing
// but its fields.
type encoder []writeStep

// writeStep writes what lies at an offset of the value.
type writeStep struct {
	kind   kind
	offset uintptr
	count  int     // bytes of a fixed, elements of an array
	size   uintptr // of an element
	elem   encoder
	maps   *mapCodec
}

func encoderOf(s *shape) encoder { return encoder(nil).add(s, 0) }

func (e encoder) add(s *shape, offset uintptr) encoder {
	step := writeStep{kind: s.memory(), offset: offset}
	switch s.kind {
	case ofRecord:
		for _, f := range s.fields {
			e = e.add(f.shape, offset+f.offset)
		}
		return e
	case ofFixed:
		step.count = s.typ.Len()
	case ofArray:
		step.count, step.size, step.elem = s.typ.Len(), s.elem.typ.Size(), encoderOf(s.elem)
	case ofSlice:
		step.size, step.elem = s.elem.typ.Size(), encoderOf(s.elem)
	case ofMap:
		step.elem, step.maps = encoderOf(s.elem), newMapCodec(s.typ)
	case ofPointer:
		step.elem = encoderOf(s.elem)
	}
	return append(e, step)
}

func (e encoder) append(dst []byte, v unsafe.Pointer) []byte {
	for i := range e {
		s := &e[i]
		p := unsafe.Add(v, s.offset)
		switch s.kind {
		case ofBool:
			dst = append(dst, *(*byte)(p)) // is 0 or 1
		case ofInt8:
			dst = appendLong(dst, int64(*(*int8)(p)))
		case ofInt16:
			dst = appendLong(dst, int64(*(*int16)(p)))
		case ofInt32:
			dst = appendLong(dst, int64(*(*int32)(p)))
		case ofInt64, ofUint64:
			dst = appendLong(dst, *(*int64)(p))
		case ofUint8:
			dst = appendLong(dst, int64(*(*uint8)(p)))
		case ofUint16:
			dst = appendLong(dst, int64(*(*uint16)(p)))
		case ofUint32:
			dst = appendLong(dst, int64(*(*uint32)(p)))
		case ofFloat32:
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(*(*float32)(p)))
		case ofFloat64:
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(*(*float64)(p)))
		case ofString:
			text := *(*string)(p)
			dst = appendLong(dst, int64(len(text)))
			dst = append(dst, text...)
		case ofFixed:
			dst = append(dst, unsafe.Slice((*byte)(p), s.count)...)
		case ofTime:
			t := (*time.Time)(p)
			_, offset := t.Zone()
			dst = appendLong(dst, t.Unix())
			dst = appendLong(dst, int64(t.Nanosecond()))
			dst = appendLong(dst, int64(offset))
		case ofArray:
			dst = s.appendElements(dst, p, s.count)
		case ofBytes:
			bytes := *(*[]byte)(p)
			if dst = appendIsSet(dst, bytes != nil); bytes != nil {
				dst = appendLong(dst, int64(len(bytes)))
				dst = append(dst, bytes...)
			}
		case ofSlice:
			// Whatever the elements are, the slice is laid out like one of bytes.
			elements := *(*[]byte)(p)
			if dst = appendIsSet(dst, elements != nil); elements != nil {
				dst = s.appendElements(dst, unsafe.Pointer(unsafe.SliceData(elements)), len(elements))
			}
		case ofPointer:
			to := *(*unsafe.Pointer)(p)
			if dst = appendIsSet(dst, to != nil); to != nil {
				dst = s.elem.append(dst, to)
			}
		case ofMap:
			dst = s.maps.append(dst, p, s.elem)
		}
	}
	return dst
}

// appendIsSet appends the branch of a union of null and another type.
func appendIsSet(dst []byte, set bool) []byte {
	if set {
		return append(dst, 2)
	}
	return append(dst, 0)
}

// appendElements appends elements that lie one after another, as one block.
func (s *writeStep) appendElements(dst []byte, first unsafe.Pointer, n int) []byte {
	if n > 0 {
		dst = appendLong(dst, int64(n))
		for i := range n {
			dst = s.elem.append(dst, unsafe.Add(first, uintptr(i)*s.size))
		}
	}
	return append(dst, 0)
}
