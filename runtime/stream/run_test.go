package stream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
	"github.com/spaas/spaas/runtime/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
// subtasks, takes checkpoints at any moment, pauses, and the store fails it.
func TestOneOutput(t *testing.T) {
	inBubble(t, func(t *rapid.T) {
		w := drawWindows(t)
		events := w.drawEvents(t, "in")
		want, _ := w.model(events)
		world := newWorld(false)
		world.feed(t, "only")
		var trouble troubles
		world.store = blobtest.NewFaults(world.store, trouble.next)
		options := func() engine.Options {
			o := world.options(rapid.IntRange(1, 4).Draw(t, "parallelism"))
			o.Rows = 1
			return o
		}
		run := world.start(t, w.build, options())
		for len(events) > 0 {
			switch rapid.SampledFrom([]string{"feed", "feed", "checkpoint", "crash", "stop", "pause", "trouble"}).Draw(t, "then") {
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
				trouble.come(nil) // what a start does of a store that fails it is no matter here
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
				trouble.come(nil)
				run = world.start(t, w.build, options())
			case "trouble":
				trouble.come(rapid.SliceOfN(rapid.SampledFrom([]blobtest.When{
					blobtest.Works, blobtest.Fails, blobtest.FailsAfter,
				}), 1, 6).Draw(t, "trouble"))
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

// Splits fall silent and wake up, and the run is stopped and started again with
// more or fewer subtasks while they do: each event is counted once or is late,
// and no result comes twice.
func TestSilentSplits(t *testing.T) {
	inBubble(t, func(t *rapid.T) {
		w := drawWindows(t)
		world := newWorld(false)
		splits := make([][]event, rapid.IntRange(1, 5).Draw(t, "splits"))
		all := 0
		for i := range splits {
			splits[i] = w.drawEvents(t, fmt.Sprint(i))
			all += len(splits[i])
			world.feed(t, fmt.Sprint(i))
		}
		options := func() engine.Options {
			o := world.options(rapid.IntRange(1, 4).Draw(t, "parallelism"))
			o.Rows = rapid.IntRange(1, 10).Draw(t, "rows")
			return o
		}
		run := world.start(t, w.build, options())
		late := int64(0)
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"feed", "feed", "feed", "sleep", "restart"}).Draw(t, "then") {
			case "feed":
				i := rapid.IntRange(0, len(splits)-1).Draw(t, "split")
				n := rapid.IntRange(0, len(splits[i])).Draw(t, "some")
				world.feed(t, fmt.Sprint(i), splits[i][:n]...)
				splits[i] = splits[i][n:]
			case "sleep":
				time.Sleep(seconds(rapid.Int64Range(1, 12).Draw(t, "for")))
			case "restart":
				if err := run.Stop(context.Background()); err != nil {
					t.Fatal(err)
				}
				run.crash()
				late += run.Status().Operators[1].Late
				run = world.start(t, w.build, options())
			}
		}
		for i, left := range splits {
			world.feed(t, fmt.Sprint(i), left...)
		}
		drain(t, run)
		late += run.Status().Operators[1].Late

		got := map[string]int64{}
		for _, p := range world.results(t) {
			id := fmt.Sprint(p.Key, "@", p.Start.Unix())
			if p.Value.Events <= got[id] {
				t.Errorf("%s fires with %d events after %d", id, p.Value.Events, got[id])
			}
			got[id] = p.Value.Events
		}
		for _, n := range got {
			late += n
		}
		if late != int64(all) {
			t.Errorf("%d events are counted or late, of %d", late, all)
		}
	})
}

// Several sources, one stream in several sinks and several streams in one, two
// windows on one key, windows of windows: at every parallelism.
func TestManyWays(t *testing.T) {
	type together struct {
		key, start string
		events     int64
	}
	build := func(g *stream.Graph) error {
		in := stream.From[event](g, "in").EventTime(event.time, 0)
		stream.From[event](g, "other").To("copies")
		in.To("copies")
		in.Filter(func(e event) bool { return e.N%2 == 0 }).Named("even").To("even")
		byKey := stream.KeyBy(in, func(e event) string { return e.Key })
		perTen := stream.Reduce(byKey.Window(stream.Tumble(seconds(10))), "per-ten", add)
		perTen.To("per-ten")
		stream.Reduce(byKey.Window(stream.Tumble(seconds(50))), "per-fifty", add).To("per-fifty")
		// All keys together, from the windows of each.
		everyTen := stream.KeyBy(perTen, func(stream.Pane[string, total]) bool { return true })
		stream.Reduce(everyTen.Window(stream.Tumble(seconds(50))), "all", func(n int64, p stream.Pane[string, total]) int64 {
			return n + p.Value.Events
		}).To("all")
		return nil
	}
	for _, parallelism := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(parallelism), func(t *testing.T) {
			world, other := newWorld(true), enginetest.NewSource(true)
			o := world.options(parallelism)
			o.Sources["other"] = engine.Source{Source: other, Connector: "memory", Format: "json"}
			sinks := map[string]*enginetest.Sink{}
			for _, name := range []string{"copies", "even", "per-ten", "per-fifty", "all"} {
				sinks[name] = enginetest.NewSink(connect.ExactlyOnce, "test/job")
				o.Sinks[name] = engine.Sink{Sink: sinks[name], Connector: "memory", Format: "json"}
			}
			const n = 1000
			for i := range int64(n) {
				world.feed(t, fmt.Sprint(i%3), event{i / 10, fmt.Sprint("k", i%7), i})
			}
			other.AddText("x", `{"at":1,"key":"other","n":1}`)
			run, err := engine.Start(t.Context(), graph(t, build), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Wait(); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]int{"copies": n + 1, "even": n / 2, "per-ten": 70, "per-fifty": 14, "all": 2} {
				if got := len(sinks[name].Records()); got != want {
					t.Errorf("%s has %d records, want %d", name, got, want)
				}
			}
			sums := func(sink string) (events int64) {
				for _, r := range sinks[sink].Records() {
					var p pane
					if err := json.Unmarshal(r.Value, &p); err != nil {
						t.Fatal(err)
					}
					events += p.Value.Events
				}
				return events
			}
			if ten, fifty := sums("per-ten"), sums("per-fifty"); ten != n || fifty != n {
				t.Errorf("the windows hold %d and %d events, want %d", ten, fifty, n)
			}
			var all []together
			for _, r := range sinks["all"].Records() {
				var p struct {
					Start time.Time `json:"start"`
					Value int64     `json:"value"`
				}
				if err := json.Unmarshal(r.Value, &p); err != nil {
					t.Fatal(err)
				}
				all = append(all, together{string(r.Key), p.Start.Format("05"), p.Value})
			}
			slices.SortFunc(all, func(a, b together) int { return strings.Compare(a.start, b.start) })
			if want := []together{{"true", "00", n / 2}, {"true", "50", n / 2}}; !slices.Equal(all, want) {
				t.Errorf("all together: %v, want %v", all, want)
			}
		})
	}
}

// A value that was handed on does not change when late events change the state,
// though it holds a map, and though another task reads it meanwhile.
func TestHandedOnValues(t *testing.T) {
	seen := func(m map[string]int, e event) map[string]int {
		if m == nil {
			m = map[string]int{}
		}
		m[fmt.Sprint(e.N)]++
		return m
	}
	build := func(g *stream.Graph) error {
		in := stream.From[event](g, "in").EventTime(event.time, 0)
		byKey := stream.KeyBy(in, func(e event) string { return e.Key })
		maps := stream.Reduce(byKey.Window(stream.Tumble(seconds(10))).Lateness(seconds(1000)), "maps", seen)
		again := stream.KeyBy(maps, func(p stream.Pane[string, map[string]int]) string { return p.Key })
		stream.Reduce(again.Window(stream.Tumble(seconds(10))).Lateness(seconds(1000)), "sizes",
			func(n int64, p stream.Pane[string, map[string]int]) int64 {
				for range p.Value {
					n++
				}
				return n
			}).To("out")
		return nil
	}
	const late = 300
	var world *world
	synctest.Test(t, func(t *testing.T) {
		world = newWorld(false)
		world.feed(t, "only")
		o := world.options(2)
		o.Rows = 1
		run := world.start(t, build, o)
		world.feed(t, "only", event{1, "k", 0}, event{11, "k", 0})
		for i := range int64(late) {
			world.feed(t, "only", event{1, "k", i + 1})
		}
		drain(t, run)
	})
	// Firing by firing the map has one entry more.
	want := int64((late + 1) * (late + 2) / 2)
	last := map[int64]int64{}
	for _, r := range world.out.Records() {
		var p struct {
			Start time.Time `json:"start"`
			Value int64     `json:"value"`
		}
		if err := json.Unmarshal(r.Value, &p); err != nil {
			t.Fatal(err)
		}
		last[p.Start.Unix()] = p.Value
	}
	if last[0] != want {
		t.Errorf("the maps had %d entries in all, want %d", last[0], want)
	}
}
