package generator

import (
	"hash/fnv"
	"math/bits"
)

// salt starts the random numbers of one purpose. Each has its own, so that a
// field that is added changes no other.
type salt uint64

func newSalt(seed uint64, purpose string) salt {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return salt(mix(seed ^ h.Sum64()))
}

// draw is the random number at a position: a function of the position alone, so
// that any record can be made again without those before it.
func (s salt) draw(n int64) uint64 { return mix(uint64(s) + uint64(n)) }

// mix is one step of SplitMix64 with x as its counter.
func mix(x uint64) uint64 {
	x *= 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit maps a draw to [0, 1).
func unit(draw uint64) float64 { return float64(draw>>11) / (1 << 53) }

// below maps a draw to [0, n), evenly while n is far below 2^64.
func below(draw, n uint64) uint64 {
	high, _ := bits.Mul64(draw, n)
	return high
}
