package stream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
	"github.com/spaas/spaas/runtime/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

// tb is what a test and a rapid test have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is what outlives the runs of a job.
type world struct {
	in    *enginetest.Source
	out   *enginetest.Sink
	store blob.Store
}

func newWorld(bounded bool) *world {
	return &world{enginetest.NewSource(bounded), enginetest.NewSink(connect.ExactlyOnce, "test/job"), blobtest.NewMemory()}
}

func (w *world) feed(t tb, split string, events ...event) {
	t.Helper()
	w.in.Add(split) // also one without events is a split
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		w.in.AddText(split, string(data))
	}
}

// options are those of a run in the world.
func (w *world) options(parallelism int) engine.Options {
	return engine.Options{
		Job: "job", Namespace: "test", Parallelism: parallelism,
		Sources: map[string]engine.Source{"in": {Source: w.in, Connector: "memory", Format: "json"}},
		Sinks:   map[string]engine.Sink{"out": {Sink: w.out, Connector: "memory", Format: "json"}},
		Store:   w.store, Log: slog.New(slog.DiscardHandler),
	}
}

// results are the visible panes, in the order in which each key's came.
func (w *world) results(t tb) []pane {
	t.Helper()
	var all []pane
	for _, r := range w.out.Records() {
		var p pane
		if err := json.Unmarshal(r.Value, &p); err != nil {
			t.Fatalf("%v: %s", err, r.Value)
		}
		if string(r.Key) != p.Key {
			t.Fatalf("the record key %q of %s", r.Key, r.Value)
		}
		all = append(all, p)
	}
	return all
}

// graph builds a job or fails the test.
func graph(t tb, build func(*stream.Graph) error) *engine.Graph {
	t.Helper()
	p, err := stream.NewProgram(build, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Graph()
}

// byKey sorts results by key and leaves the order of each key's as it is.
func byKey(results []pane) []string {
	slices.SortStableFunc(results, func(a, b pane) int { return strings.Compare(a.Key, b.Key) })
	var lines []string
	for _, p := range results {
		lines = append(lines, p.String())
	}
	return lines
}

// running is a run that can be ended as a crash ends it.
type running struct {
	*engine.Run
	crash context.CancelFunc
}

// start runs a job in the world. It is called in a bubble. Input comes only when
// every task waits for it: before that, a task that will have no split holds
// time back, and which events are late would depend on who is faster.
func (w *world) start(t tb, build func(*stream.Graph) error, o engine.Options) running {
	t.Helper()
	w.in.Hold(true)
	ctx, cancel := context.WithCancel(context.Background())
	run, err := engine.Start(ctx, graph(t, build), o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	synctest.Wait()
	w.in.Hold(false)
	synctest.Wait()
	return running{run, cancel}
}

// drain ends a run at the end of what it was fed.
func drain(t tb, run running) {
	t.Helper()
	defer run.crash()
	if err := run.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(); err != nil {
		t.Fatal(err)
	}
}

// Of one split, read one event at a time, the engine says exactly what the model
// says: the same results in the same order of each key, the same events too late.
// At every parallelism.
func TestLikeTheModel(t *testing.T) {
	inBubble(t, func(t *rapid.T) {
		w := drawWindows(t)
		events := w.drawEvents(t, "in")
		want, late := w.model(events)
		for _, parallelism := range []int{1, 2, 4} {
			world := newWorld(false)
			world.feed(t, "only")
			o := world.options(parallelism)
			o.Rows = 1
			run := world.start(t, w.build, o)
			world.feed(t, "only", events...)
			drain(t, run)
			if got, want := byKey(world.results(t)), byKey(want); !slices.Equal(got, want) {
				t.Fatalf("parallelism %d:\ngot  %q\nwant %q", parallelism, got, want)
			}
			if s := run.Status(); s.Operators[1].Late != late || s.Sources[0].In != int64(len(events)) || s.Checkpoints.Completed != 1 {
				t.Fatalf("parallelism %d: %d late, want %d; %+v", parallelism, s.Operators[1].Late, late, s)
			}
		}
	})
}

// However a run is interrupted, its output is that of an uninterrupted one: it
// crashes at any moment, is stopped, is started again with more or fewer
// subtasks, takes checkpoints at any moment, pauses.
func TestOneOutput(t *testing.T) {
	inBubble(t, func(t *rapid.T) {
		w := drawWindows(t)
		events := w.drawEvents(t, "in")
		want, _ := w.model(events)
		world := newWorld(false)
		world.feed(t, "only")
		options := func() engine.Options {
			o := world.options(rapid.IntRange(1, 4).Draw(t, "parallelism"))
			o.Rows = 1
			return o
		}
		run := world.start(t, w.build, options())
		for len(events) > 0 {
			switch rapid.SampledFrom([]string{"feed", "feed", "checkpoint", "crash", "stop", "pause"}).Draw(t, "then") {
			case "feed":
				n := rapid.IntRange(1, len(events)).Draw(t, "some")
				world.feed(t, "only", events[:n]...)
				events = events[n:]
				if rapid.Bool().Draw(t, "read") {
					synctest.Wait()
				}
			case "checkpoint":
				if _, err := run.Savepoint(context.Background()); err != nil {
					t.Fatal(err)
				}
			case "crash":
				run.crash()
				if err := run.Wait(); !errors.Is(err, context.Canceled) {
					t.Fatalf("a run that crashed ended with %v", err)
				}
				run = world.start(t, w.build, options())
			case "stop":
				if err := run.Stop(context.Background()); err != nil {
					t.Fatal(err)
				}
				run.crash()
				if err := run.Wait(); err != nil {
					t.Fatal(err)
				}
				run = world.start(t, w.build, options())
			case "pause":
				run.Pause()
				synctest.Wait()
				run.Resume()
			}
		}
		drain(t, run)
		if got, want := byKey(world.results(t)), byKey(want); !slices.Equal(got, want) {
			t.Fatalf("\ngot  %q\nwant %q", got, want)
		}
	})
}

// Of many splits, in batches of any size, which events come too late depends on
// who is faster. What holds all the same: no event is lost or counted twice, none
// is late that is within its split's disorder, and no result comes twice.
func TestManySplits(t *testing.T) {
	inBubble(t, func(t *rapid.T) {
		w := drawWindows(t)
		world := newWorld(rapid.Bool().Draw(t, "bounded"))
		world.in.Rows = rapid.IntRange(1, 50).Draw(t, "fetch")
		o := world.options(rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "parallelism"))
		o.Rows = rapid.IntRange(1, 30).Draw(t, "rows")
		o.CheckpointEvery = time.Millisecond
		interrupted := rapid.Bool().Draw(t, "interrupted")

		atLeast, atMost := map[string]total{}, map[string]total{}
		id := func(e event) string {
			return fmt.Sprint(e.Key, "@", e.At-(e.At%w.size+w.size)%w.size)
		}
		all := 0
		for split := range rapid.IntRange(1, 6).Draw(t, "splits") {
			events := w.drawEvents(t, fmt.Sprint(split))
			newest := int64(math.MinInt64)
			for i, e := range events {
				events[i].N = int64(1 + split)
				e = events[i]
				if e.At >= newest-w.disorder {
					atLeast[id(e)] = add(atLeast[id(e)], e)
				}
				atMost[id(e)] = add(atMost[id(e)], e)
				newest = max(newest, e.At)
			}
			world.feed(t, fmt.Sprint(split), events...)
			all += len(events)
		}

		run := world.start(t, w.build, o)
		for interrupted && rapid.Bool().Draw(t, "again") {
			if err := run.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
			run.crash()
			o.Parallelism = rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "parallelism")
			run = world.start(t, w.build, o)
		}
		drain(t, run)

		got := map[string]total{}
		for _, p := range world.results(t) {
			id := fmt.Sprint(p.Key, "@", p.Start.Unix())
			if before, fired := got[id]; fired && p.Value.Events <= before.Events {
				t.Errorf("%s fires with %+v after %+v", id, p.Value, before)
			}
			got[id] = p.Value
		}
		counted := 0
		for id, most := range atMost {
			if v, least := got[id], atLeast[id]; v.Events < least.Events || v.Sum < least.Sum || v.Events > most.Events || v.Sum > most.Sum {
				t.Errorf("%s has %+v, want between %+v and %+v", id, v, least, most)
			}
			counted += int(got[id].Events)
		}
		if late := int(run.Status().Operators[1].Late); !interrupted && counted+late != all {
			t.Errorf("%d counted and %d late are not %d", counted, late, all)
		}
		if len(got) > len(atMost) {
			t.Errorf("windows that nobody fed: %v", got)
		}
	})
}

// inBubble checks a property in a bubble of its own time, in which a run can be
// waited for until it waits itself.
func inBubble(t *testing.T, property func(*rapid.T)) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ rapid.TB }{t}, property) // without a deadline, which a bubble has not
	})
}
