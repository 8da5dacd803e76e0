package row

import (
	"fmt"
	"time"
	"unsafe"
)

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
