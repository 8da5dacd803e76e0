package config

import (
	"errors"
	"strconv"
)

// ByteSize is a number of bytes in the config: "512MiB", "10GB", "4096".
type ByteSize int64

// byteUnits are the units from large to small.
var byteUnits = []unit{
	{"TiB", 1 << 40}, {"TB", 1e12},
	{"GiB", 1 << 30}, {"GB", 1e9},
	{"MiB", 1 << 20}, {"MB", 1e6},
	{"KiB", 1 << 10}, {"KB", 1e3},
	{"B", 1},
}

// ParseByteSize reads a number of bytes, or a number with a unit: KiB, MiB,
// GiB, TiB count in 1024, KB, MB, GB, TB in 1000.
func ParseByteSize(text string) (ByteSize, error) {
	if n, err := strconv.ParseUint(text, 10, 63); err == nil {
		return ByteSize(n), nil
	}
	size, exact, _, rest, err := cutQuantity(text, byteUnits)
	switch {
	case err != nil:
		return 0, err
	case rest != "":
		return 0, errors.New("something follows the unit")
	case !exact:
		return 0, errors.New("it is no whole number of bytes")
	}
	return ByteSize(size), nil
}

// String is the shortest text that [ParseByteSize] reads as s.
func (s ByteSize) String() string {
	best := strconv.FormatInt(int64(s), 10)
	if s <= 0 {
		return best
	}
	for _, u := range byteUnits {
		if u.size == 1 || int64(s)%u.size != 0 {
			continue
		}
		// On a tie the larger unit says more: 4KiB rather than 4096.
		text := strconv.FormatInt(int64(s)/u.size, 10) + u.name
		if len(text) < len(best) || len(text) == len(best) && best[len(best)-1] != 'B' {
			best = text
		}
	}
	return best
}
