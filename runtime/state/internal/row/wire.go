package row

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var (
	errShort  = errors.New("it ends too early")
	errVarint = errors.New("a number of more than 64 bits")
)

// appendLong appends an integer as Avro does: zigzag, then 7 bits a byte, the
// lowest first.
func appendLong(dst []byte, x int64) []byte {
	u := uint64(x<<1) ^ uint64(x>>63)
	if u < 0x80 {
		return append(dst, byte(u))
	}
	return binary.AppendUvarint(dst, u)
}

// long reads an integer at a position and returns the position behind it.
func long(data []byte, at int) (int64, int, error) {
	if at < len(data) && data[at] < 0x80 {
		u := uint64(data[at])
		return int64(u>>1) ^ -int64(u&1), at + 1, nil
	}
	u, n := binary.Uvarint(data[min(at, len(data)):])
	switch {
	case n == 0:
		return 0, 0, errShort
	case n < 0:
		return 0, 0, errVarint
	}
	return int64(u>>1) ^ -int64(u&1), at + n, nil
}

// length reads the length of bytes that follow, all of which are there.
func length(data []byte, at int) (n, next int, err error) {
	x, at, err := long(data, at)
	switch {
	case err != nil:
		return 0, 0, err
	case x < 0:
		return 0, 0, fmt.Errorf("a length of %d", x)
	case x > int64(len(data)-at):
		return 0, 0, errShort
	}
	return int(x), at, nil
}

// count reads how many elements follow, 0 at the end, each of which has at
// least a number of bytes. Avro lets a negative count be followed by the size
// of its elements.
func count(data []byte, at, least int) (n, next int, err error) {
	x, at, err := long(data, at)
	if err == nil && x < 0 {
		x = -x
		_, at, err = long(data, at)
	}
	switch {
	case err != nil:
		return 0, 0, err
	case x < 0:
		return 0, 0, fmt.Errorf("a count of %d", x)
	case x > int64((len(data)-at)/max(least, 1)):
		return 0, 0, errShort
	}
	return int(x), at, nil
}
