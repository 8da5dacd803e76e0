package state

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"
)

const batch = 256

// perKey reports the time of one of n keys an iteration.
func perKey(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/key")
	b.ReportAllocs()
}

func BenchmarkHash(b *testing.B) {
	benchHash(b, "int64", func(i int) int64 { return int64(i) })
	benchHash(b, "string/5", func(i int) string { return fmt.Sprintf("%05d", i) })
	benchHash(b, "string/16", func(i int) string { return fmt.Sprintf("%016d", i) })
	benchHash(b, "string/40", func(i int) string { return fmt.Sprintf("%040d", i) })
	benchHash(b, "struct", func(i int) visit { return visit{User: userID(i), Country: "DE"} })
}

func benchHash[K comparable](b *testing.B, name string, key func(i int) K) {
	hash, err := HashOf[K]()
	if err != nil {
		b.Fatal(err)
	}
	keys, out := make([]K, batch), make([]uint64, batch)
	for i := range keys {
		keys[i] = key(i)
	}
	b.Run(name+"/spaas", func(b *testing.B) {
		for b.Loop() {
			hash(keys, out)
		}
		perKey(b, batch)
	})
	b.Run(name+"/maphash", func(b *testing.B) {
		seed := maphash.MakeSeed()
		for b.Loop() {
			for i, k := range keys {
				out[i] = maphash.Comparable(seed, k)
			}
		}
		perKey(b, batch)
	})
}

// BenchmarkTable adds one to the values of random keys, hashes included, beside
// a plain map.
func BenchmarkTable(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		benchTable(b, fmt.Sprintf("int64/%d", n), n, func(i int) int64 { return int64(i) })
		benchTable(b, fmt.Sprintf("string/%d", n), n, func(i int) string { return fmt.Sprintf("user-%d", i) })
	}
}

func benchTable[K comparable](b *testing.B, name string, n int, key func(i int) K) {
	hash, err := HashOf[K]()
	if err != nil {
		b.Fatal(err)
	}
	const many = 1 << 16
	random := rand.New(rand.NewPCG(1, 2))
	all, draws := make([]K, n), make([]K, many)
	for i := range all {
		all[i] = key(i)
	}
	for i := range draws {
		draws[i] = all[random.IntN(n)]
	}
	b.Run(name+"/map", func(b *testing.B) {
		m := map[K]int64{}
		for _, k := range all {
			m[k]++
		}
		for b.Loop() {
			for _, k := range draws {
				m[k]++
			}
		}
		perKey(b, many)
	})
	table, hs, rows := NewTable[K, int64](0), make([]uint64, batch), make([]uint32, batch)
	for _, k := range all {
		hash([]K{k}, hs)
		*table.At(hs[0], k)++
	}
	b.Run(name+"/at", func(b *testing.B) {
		for b.Loop() {
			for at := 0; at < many; at += batch {
				ks := draws[at : at+batch]
				hash(ks, hs)
				for i, k := range ks {
					*table.At(hs[i], k)++
				}
			}
		}
		perKey(b, many)
	})
	b.Run(name+"/locate", func(b *testing.B) {
		for b.Loop() {
			for at := 0; at < many; at += batch {
				ks := draws[at : at+batch]
				hash(ks, hs)
				table.Locate(hs, ks, rows)
				r := table.Rows()
				for _, row := range rows {
					r[row].Value++
				}
			}
		}
		perKey(b, many)
	})
}
