//go:build unix

package state

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/runtime/checkpoint"
)

const batch = 256

// perKey runs an iteration of n keys and reports what a key takes: time on the
// clock, and of the cores (which says more where they are busy with other work).
func perKey(b *testing.B, n int, iteration func()) {
	b.ReportAllocs()
	iteration() // a first time, to have all memory
	began := cpuTime(b)
	for b.Loop() {
		iteration()
	}
	keys := float64(b.N) * float64(n)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/keys, "ns/key")
	b.ReportMetric(float64((cpuTime(b)-began).Nanoseconds())/keys, "cpu-ns/key")
	b.ReportMetric(0, "ns/op")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
		perKey(b, batch, func() { hash(keys, out) })
	})
	b.Run(name+"/maphash", func(b *testing.B) {
		seed := maphash.MakeSeed()
		perKey(b, batch, func() {
			for i, k := range keys {
				out[i] = maphash.Comparable(seed, k)
			}
		})
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
	const many = 1 << 18
	random := rand.New(rand.NewPCG(1, 2))
	all, draws := make([]K, n), make([]K, many)
	for i := range all {
		all[i] = key(i)
	}
	for i := range draws {
		draws[i] = key(random.IntN(n)) // as if just decoded: near in memory
	}
	b.Run(name+"/map", func(b *testing.B) {
		m := map[K]int64{}
		for _, k := range all {
			m[k]++
		}
		perKey(b, many, func() {
			for _, k := range draws {
				m[k]++
			}
		})
	})
	table, hs, rows := NewTable[K, int64](0), make([]uint64, batch), make([]uint32, batch)
	for _, k := range all {
		hash([]K{k}, hs)
		*table.At(hs[0], k)++
	}
	b.Run(name+"/at", func(b *testing.B) {
		perKey(b, many, func() {
			for at := 0; at < many; at += batch {
				ks := draws[at : at+batch]
				hash(ks, hs)
				for i, k := range ks {
					*table.At(hs[i], k)++
				}
			}
		})
	})
	b.Run(name+"/locate", func(b *testing.B) {
		perKey(b, many, func() {
			for at := 0; at < many; at += batch {
				ks := draws[at : at+batch]
				hash(ks, hs)
				table.Locate(hs, ks, rows)
				r := table.Rows()
				for _, row := range rows {
					r[row].Value++
				}
			}
		})
	})
}

// BenchmarkFreeze takes checkpoints of a million rows while batches of random
// keys go on, and says how long the barrier and the worst batch after it take,
// beside the same batches undisturbed and two other ways to freeze.
func BenchmarkFreeze(b *testing.B) {
	const n = 1_000_000
	s := NewSubtask("bench", 128, 0, 128, Memory())
	panes, err := Panes[int64, [1]int64](s, "panes")
	if err != nil {
		b.Fatal(err)
	}
	hash, err := HashOf[int64]()
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	keys, hs, rows := make([]int64, batch), make([]uint64, batch), make([]uint32, batch)
	table := panes.Pane(0)
	one := func() time.Duration {
		for i := range keys {
			keys[i] = random.Int64N(n)
		}
		began := time.Now()
		hash(keys, hs)
		table.Locate(hs, keys, rows)
		all := table.Rows()
		for _, row := range rows {
			all[row].Value[0]++
		}
		return time.Since(began)
	}
	for k := range int64(n) {
		keys[0] = k
		hash(keys[:1], hs)
		table.At(hs[0], k)
	}
	report := func(b *testing.B, unit string, all []time.Duration) {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1e3, unit+"-µs")
		b.ReportMetric(float64(all[len(all)*99/100].Nanoseconds())/1e3, unit+"-p99-µs")
	}
	b.Run("none", func(b *testing.B) {
		var batches []time.Duration
		for b.Loop() {
			for range 1000 {
				batches = append(batches, one())
			}
		}
		report(b, "batch", batches)
	})
	b.Run("frozen", func(b *testing.B) {
		var barriers, batches, writes []time.Duration
		for b.Loop() {
			began := time.Now()
			f, err := s.Freeze(1)
			if err != nil {
				b.Fatal(err)
			}
			barriers = append(barriers, time.Since(began))
			written := make(chan error)
			go func() {
				began := time.Now()
				_, err := f.Write(b.Context(), nowhere{}, "x")
				writes = append(writes, time.Since(began))
				written <- err
			}()
			for done := false; !done; {
				select {
				case err := <-written:
					if done = true; err != nil {
						b.Fatal(err)
					}
				default:
					batches = append(batches, one())
				}
			}
		}
		report(b, "barrier", barriers)
		report(b, "batch", batches)
		report(b, "write", writes)
	})
	b.Run("copied", func(b *testing.B) {
		var barriers []time.Duration
		for b.Loop() {
			began := time.Now()
			copied := slices.Clone(table.Rows())
			barriers = append(barriers, time.Since(began))
			runtime.KeepAlive(copied)
		}
		report(b, "barrier", barriers)
	})
	b.Run("encoded", func(b *testing.B) {
		var barriers []time.Duration
		for b.Loop() {
			began := time.Now()
			f, err := panes.freeze(0, 128, 0, 128)
			if err == nil {
				_, err = encodeNow(f, 0, 128, 0, 128)
			}
			if err != nil {
				b.Fatal(err)
			}
			barriers = append(barriers, time.Since(began))
		}
		report(b, "barrier", barriers)
	})
}

// BenchmarkCheckpoint writes and restores a million rows.
func BenchmarkCheckpoint(b *testing.B) {
	const n = 1_000_000
	benchCheckpoint(b, "int64", n, func(i int) int64 { return int64(i) })
	benchCheckpoint(b, "string", n, func(i int) string { return fmt.Sprintf("user-%d", i) })
}

func benchCheckpoint[K comparable](b *testing.B, name string, n int, key func(i int) K) {
	o := newOperator[K, visits](b, 128, 1)
	for i := range n {
		*o.at(0, key(i)) = visits{int64(i), "/index.html"}
	}
	store := blob.NewFolder(b.TempDir())
	var parts []checkpoint.OperatorSnapshot
	written := 0
	b.Run(name+"/write", func(b *testing.B) {
		perKey(b, n, func() {
			written++
			parts = write(b, store, fmt.Sprint(written), o.freeze(1))
		})
		b.ReportMetric(float64(parts[0].Files[0].Size)/float64(n), "B/row")
	})
	b.Run(name+"/restore", func(b *testing.B) {
		perKey(b, n, func() {
			if err := newOperator[K, visits](b, 128, 1).restore(store, parts); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// nowhere is a store that is as fast as can be.
type nowhere struct{ blob.Store }

func (nowhere) Create(_ context.Context, _ string, content io.Reader) error {
	_, err := io.Copy(io.Discard, content)
	return err
}

func (nowhere) String() string { return "nowhere" }
