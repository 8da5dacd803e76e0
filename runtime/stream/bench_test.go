//go:build unix

package stream_test

import (
	"fmt"
	"hash/maphash"
	"log/slog"
	"math/bits"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
	"github.com/spaas/spaas/runtime/stream"
)

// BenchmarkWindowed is what the engine costs: the windowed job on generated
// events, on one core, beside what a person would write for the same job alone.
//
//	spaas  the job, with everything an engine has to do around it
//	loop   a loop with a hash table of its own, all calls inlined: the limit
//	map    a loop with Go's map
//
// Each event is made, has its time read as a time.Time, moves time on, and is
// added to the count and sum of its key and window; windows that are over are
// handed on. A window has 4 M events, a run one or two.
func BenchmarkWindowed(b *testing.B) {
	for _, keys := range []int{1_000, 1_000_000} {
		benchWindowed(b, keys, int64Keys(keys))
		benchWindowed(b, keys, stringKeys(keys))
	}
}

const (
	benchEvents = 8_000_000
	benchWindow = 4 * time.Second
	benchStep   = time.Microsecond
)

// keyKind is a kind of keys, and how a person would keep them by hand.
type keyKind[K comparable] struct {
	name string
	of   func(i uint64) K
	hash func(K) uint64
}

// int64Keys and stringKeys draw keys at random, the same for the same event.
func int64Keys(n int) keyKind[int64] {
	return keyKind[int64]{
		"int64", func(i uint64) int64 { return int64(draw(i, n)) },
		func(k int64) uint64 { return mix(uint64(k)) },
	}
}

func stringKeys(n int) keyKind[string] {
	all := make([]string, n)
	for i := range all {
		all[i] = "user-" + strconv.Itoa(i)
	}
	seed := maphash.MakeSeed()
	return keyKind[string]{
		"string", func(i uint64) string { return all[draw(i, n)] },
		func(k string) uint64 { return maphash.String(seed, k) },
	}
}

func draw(i uint64, n int) uint64 { at, _ := bits.Mul64(mix(i), uint64(n)); return at }

func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x ^ x>>32
}

// click is small: Go hands on structs of up to four words in registers.
type click[K comparable] struct {
	At  int64 // nanoseconds since 1970
	N   int64
	Key K
}

func (c click[K]) time() time.Time { return time.Unix(0, c.At) }
func (c click[K]) key() K          { return c.Key }

func addClick[K comparable](t total, c click[K]) total { return total{t.Events + 1, t.Sum + c.N} }

func benchWindowed[K comparable](b *testing.B, keys int, kind keyKind[K]) {
	event := func(i int64) click[K] { return click[K]{i * int64(benchStep), i & 7, kind.of(uint64(i))} }
	run := func(name string, job func() (panes int)) {
		b.Run(fmt.Sprintf("%s/%d/%s", kind.name, keys, name), func(b *testing.B) {
			perEvent(b, func() {
				if panes := job(); panes < keys || panes > 2*keys {
					b.Fatalf("%d panes of %d keys", panes, keys)
				}
			})
		})
	}

	run("spaas", func() int {
		return runJob(b, func(g *stream.Graph) error {
			in := stream.Generate(g, "clicks", benchEvents, event).
				EventTime(click[K].time, time.Millisecond)
			byKey := stream.KeyBy(in, click[K].key)
			stream.Reduce(byKey.Window(stream.Tumble(benchWindow)), "totals", addClick[K]).To("out")
			return nil
		}, 1)
	})
	run("loop", func() (panes int) {
		t := newHandTable[K](kind.hash)
		fired := make([]stream.Pane[K, total], 0, 256)
		end := int64(0)
		fire := func() {
			for _, r := range t.rows {
				if fired = append(fired, stream.Pane[K, total]{Key: r.key, End: time.Unix(0, end), Value: r.value}); len(fired) == cap(fired) {
					panes += len(fired)
					fired = fired[:0]
				}
			}
			panes += len(fired)
			fired = fired[:0]
			t.reset()
		}
		for i := range int64(benchEvents) {
			c := event(i)
			if at := c.time().UnixNano(); at >= end {
				fire()
				end = at - at%int64(benchWindow) + int64(benchWindow)
			}
			v := t.at(c.key())
			*v = addClick(*v, c)
		}
		fire()
		return panes
	})
	run("map", func() (panes int) {
		m := map[K]total{}
		end := int64(0)
		fire := func() {
			for range m {
				panes++
			}
			clear(m)
		}
		for i := range int64(benchEvents) {
			c := event(i)
			if at := c.time().UnixNano(); at >= end {
				fire()
				end = at - at%int64(benchWindow) + int64(benchWindow)
			}
			m[c.key()] = addClick(m[c.key()], c)
		}
		fire()
		return panes
	})
}

// handTable is the hash table of the loop: open addressing, rows in one slice.
type handTable[K comparable] struct {
	hash  func(K) uint64
	index []uint64 // high half of the hash, and row+1
	rows  []handRow[K]
}

type handRow[K comparable] struct {
	key   K
	value total
}

func newHandTable[K comparable](hash func(K) uint64) *handTable[K] {
	return &handTable[K]{hash: hash, index: make([]uint64, 1024)}
}

func (t *handTable[K]) at(k K) *total {
	mask := uint64(len(t.index) - 1)
	h := t.hash(k)
	for i := h; ; i++ {
		slot := t.index[i&mask]
		if slot == 0 {
			return t.insert(k, h)
		}
		if (slot^h)>>32 == 0 && t.rows[uint32(slot)-1].key == k {
			return &t.rows[uint32(slot)-1].value
		}
	}
}

func (t *handTable[K]) insert(k K, h uint64) *total {
	if len(t.rows) > len(t.index)/2 {
		t.index = make([]uint64, 2*len(t.index))
		for row := range t.rows {
			t.place(t.hash(t.rows[row].key), row)
		}
	}
	t.rows = append(t.rows, handRow[K]{key: k})
	t.place(h, len(t.rows)-1)
	return &t.rows[len(t.rows)-1].value
}

func (t *handTable[K]) place(h uint64, row int) {
	mask := uint64(len(t.index) - 1)
	i := h
	for t.index[i&mask] != 0 {
		i++
	}
	t.index[i&mask] = h>>32<<32 | uint64(row+1)
}

func (t *handTable[K]) reset() {
	clear(t.index)
	clear(t.rows)
	t.rows = t.rows[:0]
}

// BenchmarkChain is what operators without state cost, and what it costs when
// events change hands: the same events, mapped, filtered and counted.
func BenchmarkChain(b *testing.B) {
	event := func(i int64) click[int64] {
		return click[int64]{i * int64(benchStep), i & 7, int64(mix(uint64(i)) & 1023)}
	}
	source := func(g *stream.Graph) stream.Stream[click[int64]] {
		return stream.Generate(g, "clicks", benchEvents, event)
	}
	odd := func(c click[int64]) bool { return c.N&1 == 1 }
	next := func(c click[int64]) click[int64] { c.N++; return c }
	run := func(name string, parallelism int, build func(*stream.Graph) error) {
		b.Run(name, func(b *testing.B) { perEvent(b, func() { runJob(b, build, parallelism) }) })
	}
	run("source", 1, func(g *stream.Graph) error { source(g).To("out"); return nil })
	run("source time", 1, func(g *stream.Graph) error {
		source(g).EventTime(click[int64].time, 0).To("out")
		return nil
	})
	run("source map", 1, func(g *stream.Graph) error { stream.Map(source(g), next).To("out"); return nil })
	run("source map map map", 1, func(g *stream.Graph) error {
		stream.Map(stream.Map(stream.Map(source(g), next), next), next).To("out")
		return nil
	})
	run("source filter", 1, func(g *stream.Graph) error { source(g).Filter(odd).To("out"); return nil })
	for _, parallelism := range []int{1, 2} {
		run(fmt.Sprintf("source key window/%d", parallelism), parallelism, func(g *stream.Graph) error {
			in := source(g).EventTime(click[int64].time, 0)
			stream.Reduce(stream.KeyBy(in, click[int64].key).Window(stream.Tumble(benchWindow)), "totals", addClick[int64]).To("out")
			return nil
		})
	}
}

// runJob runs a job whose input ends and returns how many rows its sink had.
func runJob(b *testing.B, build func(*stream.Graph) error, parallelism int) int {
	run, err := engine.Start(b.Context(), graph(b, build), engine.Options{
		Job: "job", Namespace: "test", Parallelism: parallelism, Store: blobtest.NewMemory(), Log: slog.New(slog.DiscardHandler),
		Sinks: map[string]engine.Sink{"out": {Sink: enginetest.NewSink(connect.AtLeastOnce, "test/job")}},
	})
	if err == nil {
		err = run.Wait()
	}
	if err != nil {
		b.Fatal(err)
	}
	return int(run.Status().Sinks[0].Out)
}

// perEvent reports what an event takes: time of the cores, and how many a core
// does in a second; and what all of them together allocate.
func perEvent(b *testing.B, job func()) {
	runtime.GC()
	b.ReportAllocs()
	began := cpuTime(b)
	for b.Loop() {
		job()
	}
	ns := float64((cpuTime(b) - began).Nanoseconds()) / float64(b.N) / benchEvents
	b.ReportMetric(ns, "cpu-ns/event")
	b.ReportMetric(1e3/ns, "M-events/core-s")
	b.ReportMetric(0, "ns/op")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
