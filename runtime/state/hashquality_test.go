package state

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAvalanche flips each bit of random keys: every bit of the hash must
// change in half of the cases, within five standard deviations.
func TestAvalanche(t *testing.T) {
	random := rand.NewChaCha8([32]byte{7})
	flip := func(name string, size int, hash func([]byte) uint64) {
		const keys = 1 << 12
		key := make([]byte, size)
		changed := make([][64]int, size*8)
		for range keys {
			random.Read(key)
			h := hash(key)
			for bit := range changed {
				key[bit/8] ^= 1 << (bit % 8)
				for d := h ^ hash(key); d != 0; d &= d - 1 {
					changed[bit][bits.TrailingZeros64(d)]++
				}
				key[bit/8] ^= 1 << (bit % 8)
			}
		}
		for in := range changed {
			for out, n := range changed[in] {
				if off := math.Abs(float64(n)-keys/2) / math.Sqrt(keys/4); off > 5.5 {
					t.Errorf("%s: bit %d changes bit %d in %d of %d keys", name, in, out, n, keys)
				}
			}
		}
	}
	load := func(b []byte) (x uint64) {
		for i, c := range b {
			x |= uint64(c) << (8 * i)
		}
		return x
	}
	flip("int64", 8, func(b []byte) uint64 { return hashWord(load(b)) })
	// Shorter strings have too few values for this test.
	for _, n := range []int{3, 4, 7, 8, 9, 16, 17, 33, 49, 100} {
		flip(fmt.Sprintf("string of %d", n), n, func(b []byte) uint64 { return hashString(string(b)) })
	}
	pair, err := HashOf[[2]uint64]()
	if err != nil {
		t.Fatal(err)
	}
	flip("pair", 16, func(b []byte) uint64 {
		var out [1]uint64
		pair([][2]uint64{{load(b[:8]), load(b[8:])}}, out[:])
		return out[0]
	})
}

// TestDistribution looks at keys as they are in life. Key groups, slots (low
// bits) and tags (high half) must be as even as of random numbers.
func TestDistribution(t *testing.T) {
	const n = 1 << 16
	spread(t, "sequential", n, func(i int) int64 { return int64(i) })
	spread(t, "steps of 2^20", n, func(i int) int64 { return int64(i) << 20 })
	spread(t, "steps of 2^47", n, func(i int) int64 { return int64(i) << 47 })
	spread(t, "milliseconds", n, func(i int) int64 { return 1431857103000 + 1000*int64(i) })
	spread(t, "negative", n, func(i int) int64 { return -int64(i) })
	spread(t, "user names", n, func(i int) string { return fmt.Sprintf("user-%d", i) })
	spread(t, "paths", n, func(i int) string { return fmt.Sprintf("/a/long/common/prefix/of/many/paths/%d/and/suffix", i) })
	spread(t, "addresses", n, func(i int) string { return fmt.Sprintf("10.0.%d.%d", i>>8, i&255) })
	spread(t, "structs of a prefix", n, func(i int) visit { return visit{User: 1000, Country: country(fmt.Sprint("C", i))} })
	spread(t, "structs of a suffix", n, func(i int) visit { return visit{User: userID(i), Country: "DE", Bot: true} })
	spread(t, "small pairs", n, func(i int) [2]int32 { return [2]int32{int32(i >> 8), int32(i & 255)} })
	spread(t, "ids", n, func(i int) [16]byte { return [16]byte{7: byte(i >> 8), 15: byte(i)} })
}

func spread[K comparable](t *testing.T, name string, n int, key func(i int) K) {
	t.Helper()
	keys := make([]K, n)
	for i := range keys {
		keys[i] = key(i)
	}
	hs := hashes(t, keys...)
	for what, bucket := range map[string]struct {
		of    func(h uint64) int
		count int
	}{
		"128 key groups": {func(h uint64) int { return KeyGroup(h, 128) }, 128},
		"100 key groups": {func(h uint64) int { return KeyGroup(h, 100) }, 100},
		"slots":          {func(h uint64) int { return int(h % 4096) }, 4096},
		"tags":           {func(h uint64) int { return int(h >> 32 % 4096) }, 4096},
	} {
		counts := make([]int, bucket.count)
		for _, h := range hs {
			counts[bucket.of(h)]++
		}
		expect, chi := float64(n)/float64(bucket.count), 0.0
		for _, c := range counts {
			chi += (float64(c) - expect) * (float64(c) - expect) / expect
		}
		// About normal: mean count-1, variance twice that.
		if free := float64(bucket.count - 1); math.Abs(chi-free) > 5*math.Sqrt(2*free) {
			t.Errorf("%s over %s: chi-square %.0f of %.0f", name, what, chi, free)
		}
	}
	slices.Sort(hs)
	if distinct := len(slices.Compact(hs)); distinct < n {
		t.Errorf("%s: %d keys have %d hashes", name, n, distinct)
	}
}
