package state

import "math/bits"

// The hashes of keys decide which subtask owns a key, and stand behind every
// row of every checkpoint: they are the same in every process, on every
// architecture and in every version. A change needs a new name (hashVersion),
// and then state that was hashed with the old one is refused.

// Odd words from the digits of pi.
const (
	pi0 = 0x243f6a8885a308d3
	pi1 = 0x452821e638d01377
	pi2 = 0xc0ac29b7c97c50dd
	pi3 = 0x3f84d5b5b5470917
)

// hashWord maps words to words, no two to the same one, so that integer keys
// never collide. Each bit of x changes each bit of the hash half of the time;
// one multiplication folded on itself is faster but fails that.
func hashWord(x uint64) uint64 {
	x ^= pi0
	x ^= x >> 32
	x *= pi1
	x ^= x >> 29
	x *= pi2
	return x ^ x>>32
}

// fold multiplies two words into one. The operands are added again, so that a
// factor that happens to be zero does not erase the other.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low ^ a ^ bits.RotateLeft64(b, 32)
}

// hashString hashes bytes, whatever the string holds: up to 16 as two words
// that may overlap, longer ones in steps of 16 or 48.
func hashString(s string) uint64 {
	var a, b uint64
	h, n := uint64(pi0), len(s)
	switch {
	case n > 16:
		rest := s
		if n > 48 {
			h1, h2 := h, h
			for ; len(rest) > 48; rest = rest[48:] {
				h = fold(word(rest)^pi1, word(rest[8:])^h)
				h1 = fold(word(rest[16:])^pi2, word(rest[24:])^h1)
				h2 = fold(word(rest[32:])^pi3, word(rest[40:])^h2)
			}
			h ^= h1 ^ bits.RotateLeft64(h2, 17)
		}
		for ; len(rest) > 16; rest = rest[16:] {
			h = fold(word(rest)^pi1, word(rest[8:])^h)
		}
		a, b = word(s[n-16:]), word(s[n-8:])
	case n >= 8:
		a, b = word(s), word(s[n-8:])
	case n >= 4:
		a, b = half(s), half(s[n-4:])
	case n > 0:
		a = uint64(s[0])<<16 | uint64(s[n>>1])<<8 | uint64(s[n-1])
	}
	return fold(fold(a^pi1, b^h), uint64(n)^pi2)
}

// word and half read the first 8 and 4 bytes, least significant first.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func half(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
