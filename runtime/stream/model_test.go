package stream_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/runtime/stream"
)

// event is what the tests stream: a number of seconds since 1970 and a key.
type event struct {
	At  int64  `json:"at"`
	Key string `json:"key"`
	N   int64  `json:"n"`
}

func (e event) time() time.Time { return time.Unix(e.At, 0) }

// total is what the windows of the tests keep.
type total struct {
	Events int64 `json:"events"`
	Sum    int64 `json:"sum"`
}

func add(t total, e event) total { return total{t.Events + 1, t.Sum + e.N} }

// pane is a result as it comes out of a sink.
type pane struct {
	Key   string    `json:"key"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Value total     `json:"value"`
}

// String is a pane in one line, for comparing.
func (p pane) String() string {
	return fmt.Sprintf("%s@%d-%d: %d events, %d", p.Key, p.Start.Unix(), p.End.Unix(), p.Value.Events, p.Value.Sum)
}

// windows are the parameters of the windowed job of the tests.
type windows struct{ size, lateness, disorder int64 } // seconds

// build is the windowed job.
func (w windows) build(g *stream.Graph) error {
	in := stream.From[event](g, "in").EventTime(event.time, seconds(w.disorder))
	byKey := stream.KeyBy(in, func(e event) string { return e.Key })
	perWindow := byKey.Window(stream.Tumble(seconds(w.size))).Lateness(seconds(w.lateness))
	stream.Reduce(perWindow, "totals", add).To("out")
	return nil
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// model is the windowed job as one would write it without an engine: one event
// at a time, a map. It returns every result in the order of one key, and how
// many events came too late.
func (w windows) model(events []event) (results []pane, late int64) {
	type id struct {
		start int64
		key   string
	}
	open := map[id]total{}
	const end = 1 << 60
	watermark := int64(-end)
	fire := func(p id) {
		results = append(results, pane{p.key, time.Unix(p.start, 0), time.Unix(p.start+w.size, 0), open[p]})
	}
	pass := func(now int64) {
		if now <= watermark {
			return
		}
		for _, p := range slices.SortedFunc(maps.Keys(open), func(a, b id) int { return int(a.start - b.start) }) {
			if e := p.start + w.size; e > watermark && e <= now {
				fire(p)
			}
		}
		watermark = now
	}
	for _, e := range events {
		p := id{e.At - (e.At%w.size+w.size)%w.size, e.Key}
		if p.start+w.size+w.lateness <= watermark {
			late++
		} else {
			open[p] = add(open[p], e)
			if p.start+w.size <= watermark {
				fire(p)
			}
		}
		pass(e.At - w.disorder)
	}
	pass(end)
	return results, late
}

// drawEvents makes a stream that moves on in time, out of order by up to twice
// the disorder that the job allows for, and sometimes much later than that.
func (w windows) drawEvents(t *rapid.T, name string) []event {
	keys := rapid.IntRange(1, 20).Draw(t, name+" keys")
	step := rapid.Int64Range(0, 2*w.size).Draw(t, name+" step")
	now := rapid.Int64Range(-5*w.size, 5*w.size).Draw(t, name+" from")
	events := make([]event, rapid.IntRange(0, 80).Draw(t, name+" events"))
	for i := range events {
		now += rapid.Int64Range(0, step).Draw(t, "on")
		back := rapid.Int64Range(0, 2*w.disorder).Draw(t, "back")
		if rapid.IntRange(0, 9).Draw(t, "late") == 0 {
			back = rapid.Int64Range(0, 4*w.size+2*w.lateness).Draw(t, "by")
		}
		events[i] = event{now - back, fmt.Sprint("k", rapid.IntRange(1, keys).Draw(t, "key")), int64(i)}
	}
	return events
}

func drawWindows(t *rapid.T) windows {
	return windows{
		size:     rapid.Int64Range(1, 20).Draw(t, "size"),
		lateness: rapid.SampledFrom([]int64{0, 0, 1, 7, 30}).Draw(t, "lateness"),
		disorder: rapid.Int64Range(0, 10).Draw(t, "disorder"),
	}
}
