package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/enginetest"
)

// A bounded job reads everything once, at any parallelism, and ends by itself
// after a final checkpoint in which everything has ended.
func TestBoundedRun(t *testing.T) {
	for _, parallelism := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(parallelism), func(t *testing.T) {
			in, out := enginetest.NewSource(true), newOut(connect.AtLeastOnce)
			var want []string
			for i := range 1000 {
				v := fmt.Sprint(i)
				in.AddText(fmt.Sprintf("split-%d", i%3), v)
				want = append(want, v+"!")
			}
			o := copying(in, out)
			o.Parallelism = parallelism
			r, c := start(t, lines(func(s string) string { return s + "!" }), o, nil)
			if err := ended(t, r); err != nil {
				t.Fatal(err)
			}
			got := out.Values()
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %d values, want %d", len(got), len(want))
			}
			if m := c.manifest(1); !m.Ended || len(m.Sources["in"]) != 3 {
				t.Errorf("the final checkpoint is %+v", m)
			}
			s := r.Status()
			src := s.Sources[0]
			if src.In != 1000 || src.Bad != 0 || !src.Ended || src.Idle || src.Splits != 3 || src.Lag != 0 || src.Bytes != 2890 {
				t.Errorf("source status %+v", src)
			}
			if op := s.Operators[0]; op.Name != "rewrite" || op.In != 1000 || op.Out != 1000 {
				t.Errorf("operator status %+v", op)
			}
			if sink := s.Sinks[0]; sink.Out != 1000 || sink.Bytes != 3890 || sink.Delivery != "at-least-once" {
				t.Errorf("sink status %+v", sink)
			}
		})
	}
}

// However often a job is stopped and restored, at whatever parallelism, with
// checkpoints at any moment: an exactly-once sink shows each record once.
func TestStopAndRestore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in, out := enginetest.NewSource(true), newOut(connect.ExactlyOnce)
		in.Rows = rapid.IntRange(1, 50).Draw(rt, "rows")
		var want []string
		for i := range rapid.IntRange(0, 4).Draw(rt, "splits") {
			for j := range rapid.IntRange(0, 200).Draw(rt, "records") {
				v := fmt.Sprintf("%d-%d", i, j)
				in.AddText(fmt.Sprint(i), v)
				want = append(want, v)
			}
		}
		o := copying(in, out)
		o.Rows = rapid.IntRange(1, 64).Draw(rt, "batch")
		kills := rapid.IntRange(0, 3).Draw(rt, "kills")
		var restore, last = (*manifest)(nil), uint64(0)
		for run := range kills + 1 {
			o.Parallelism = rapid.IntRange(1, 3).Draw(rt, "parallelism")
			r, c := start(t, lines(same), o, restore)
			if run < kills {
				n, complete := c.trigger()
				select {
				case <-complete:
				case <-r.done: // it had come to its end
					if err := r.Wait(); err != nil {
						rt.Fatal(err)
					}
					n = last + 1
				}
				for last < n {
					last++
					restore = c.manifest(last)
					if err := (committer{r}).Commit(t.Context(), last, "out", restore.Committables["out"]); err != nil {
						rt.Fatal(err)
					}
				}
				// Gone without a word: what came after the checkpoint is read again.
				r.end(errOver)
				<-r.done
				if err := (committer{r}).Recover(t.Context(), c.generation+1, nil); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			if err := ended(t, r); err != nil {
				rt.Fatal(err)
			}
			final := c.manifest(last + 1)
			if err := (committer{r}).Commit(t.Context(), last+1, "out", final.Committables["out"]); err != nil {
				rt.Fatal(err)
			}
		}
		got := out.Values()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			rt.Errorf("got %d values %q, want %d", len(got), got, len(want))
		}
	})
}

// While it is paused a source reads nothing, takes part in checkpoints, and goes
// on afterwards where it was.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
		in.AddText("a", "1")
		r, c := start(t, lines(same), copying(in, out), nil)
		synctest.Wait()
		r.Pause()
		synctest.Wait()
		in.AddText("a", "2", "3")
		time.Sleep(time.Minute)
		if got := out.Values(); !slices.Equal(got, []string{"1"}) {
			t.Errorf("paused, it wrote %q", got)
		}
		n, err := r.Savepoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		splits, err := splitsOf("in", c.manifest(n).Sources["in"])
		if err != nil || len(splits) != 1 || splits[0].Next != 1 {
			t.Errorf("the checkpoint is at %+v, %v", splits, err)
		}
		r.Resume()
		synctest.Wait()
		if got := out.Values(); !slices.Equal(got, []string{"1", "2", "3"}) {
			t.Errorf("it wrote %q", got)
		}
	})
}

// Stop takes the final checkpoint and lets nothing pass after its barrier.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
		in.AddText("a", "1")
		r, c := start(t, lines(same), copying(in, out), nil)
		synctest.Wait()
		if err := r.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		in.AddText("a", "2")
		if err := r.Wait(); err != nil {
			t.Errorf("a run that was stopped ended with %v", err)
		}
		if got := out.Values(); !slices.Equal(got, []string{"1"}) {
			t.Errorf("it wrote %q", got)
		}
		if m := c.manifest(1); m.Ended {
			t.Error("the input did not end")
		}
		r.Resume() // does nothing any more
		if _, err := r.Savepoint(t.Context()); err == nil {
			t.Error("a savepoint after the end")
		}
	})
}

// A rate holds over all subtasks together.
func TestRate(t *testing.T) {
	for _, perSecond := range []float64{0.5, 10, 1000, 20_000} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
				const seconds = 4
				o := copying(in, out)
				o.Parallelism = 2
				r, _ := start(t, lines(same), o, nil)
				r.SetRate("in", perSecond)
				values := slices.Repeat([]string{"x"}, int(2*seconds*perSecond)+1)
				in.AddText("0", values...)
				in.AddText("1", values...)
				time.Sleep(r.o.DiscoverEvery) // both splits are new
				before := len(out.Values())
				time.Sleep(seconds * time.Second)
				got := float64(len(out.Values()) - before)
				if want := seconds * perSecond; got < 0.97*want-1 || got > 1.03*want+1 {
					t.Errorf("%v records in %d seconds at %v a second", got, seconds, perSecond)
				}
				r.SetRate("in", 0)
				synctest.Wait()
				if r.Status().Sources[0].Lag != 0 {
					t.Errorf("without a cap it does not read on")
				}
			})
		})
	}
}

// A split that a source gets later is found, read from its beginning, and given
// to the subtask with the fewest.
func TestNewSplits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
		in.AddText("a", "1")
		o := copying(in, out)
		o.Parallelism = 2
		r, c := start(t, lines(same), o, nil)
		in.AddText("b", "2")
		time.Sleep(time.Minute)
		if got := out.Values(); !slices.Equal(got, []string{"1", "2"}) {
			t.Errorf("it wrote %q", got)
		}
		if s := r.sources[0].shares; s[0].splits() != 1 || s[1].splits() != 1 {
			t.Errorf("subtasks have %d and %d splits", s[0].splits(), s[1].splits())
		}
		// It is found after a restore too.
		n, err := r.Savepoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		in.AddText("c", "3")
		r2, _ := start(t, lines(same), o, c.manifest(n))
		synctest.Wait()
		if got := r2.Status().Sources[0]; got.In != 1 || got.Splits != 3 {
			t.Errorf("restored, it has read %+v", got)
		}
	})
}

// Drain reads to where the input ends when it is asked for, also from a pause,
// also of splits that nobody has found yet, and then ends as a bounded job does.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
		in.AddText("a", "1", "2")
		in.AddText("b")
		o := copying(in, out)
		o.Parallelism = 3
		r, c := start(t, lines(same), o, nil)
		r.Pause()
		synctest.Wait()
		in.AddText("a", "3")
		in.AddText("new", "4", "5")
		if err := r.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		in.AddText("a", "too late")
		if err := r.Wait(); err != nil {
			t.Error(err)
		}
		got := out.Values()
		slices.Sort(got)
		if !slices.Equal(got, []string{"1", "2", "3", "4", "5"}) {
			t.Errorf("it wrote %q", got)
		}
		if m := c.manifest(1); !m.Ended {
			t.Error("the final checkpoint does not say that the input has ended")
		}
		// Started again from there, there is nothing to do.
		r, _ = start(t, lines(same), o, c.manifest(1))
		if err := ended(t, r); err != nil {
			t.Error(err)
		}
		if got := r.Status().Sources[0].In; got != 0 {
			t.Errorf("a job whose input had ended read %d records", got)
		}
	})
}

// Records that cannot be decoded: fail names the record, skip counts it, and a
// sink gets it with where it was.
func TestOnError(t *testing.T) {
	numbers := func() *Graph {
		g := &Graph{}
		n := g.Add(&Node{Kind: KindSource, Name: "in", Site: "job.go:1", Type: "engine.number"})
		o := From[number](g, n)
		To(&o.Port, g.Add(&Node{Kind: KindSink, Name: "out", Inputs: []*Node{n}}))
		return g
	}
	run := func(t *testing.T, onError config.OnError) (out, rejects *enginetest.Sink, r *Run, err error) {
		in := enginetest.NewSource(true)
		in.AddText("a", `{"n":1}`, `{"n":"one"}`, `{"n":2}`, `nonsense`)
		out, rejects = newOut(connect.AtLeastOnce), newOut(connect.ExactlyOnce)
		o := Options{
			Sources: map[string]Source{"in": {Source: in, Format: "json", OnError: onError}},
			Sinks:   map[string]Sink{"out": {Sink: out, Format: "json"}, "rejects": {Sink: rejects}},
		}
		r, c := start(t, numbers(), o, nil)
		err = ended(t, r)
		if err == nil {
			err = committer{r}.Commit(t.Context(), 1, "rejects", c.manifest(1).Committables["rejects"])
		}
		return out, rejects, r, err
	}

	t.Run("fail", func(t *testing.T) {
		_, _, _, err := run(t, config.OnError{})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || !f.Incurable || f.Where != "a@1" || !strings.Contains(f.What, `"in"`) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("skip", func(t *testing.T) {
		out, _, r, err := run(t, config.OnError{Do: "skip"})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Values(); !slices.Equal(got, []string{`{"n":1}`, `{"n":2}`}) {
			t.Errorf("it wrote %q", got)
		}
		if s := r.Status().Sources[0]; s.In != 4 || s.Bad != 2 {
			t.Errorf("status %+v", s)
		}
	})
	t.Run("to", func(t *testing.T) {
		_, rejects, r, err := run(t, config.OnError{Do: "to", To: "rejects"})
		if err != nil {
			t.Fatal(err)
		}
		got := rejects.Records()
		if len(got) != 2 || string(got[0].Value) != `{"n":"one"}` || string(got[1].Value) != "nonsense" {
			t.Fatalf("rejects %+v", got)
		}
		headers := map[string]string{}
		for _, h := range got[1].Headers {
			headers[h.Key] = string(h.Value)
		}
		if headers["spaas.source"] != "in" || headers["spaas.split"] != "a" || headers["spaas.offset"] != "3" || headers["spaas.error"] == "" {
			t.Errorf("headers %v", headers)
		}
		if s := r.Status().Sinks[1]; s.Name != "rejects" || s.Out != 2 || s.Bytes != 19 {
			t.Errorf("status %+v", s)
		}
	})
	t.Run("to nowhere", func(t *testing.T) {
		in := enginetest.NewSource(true)
		_, _, err := tryStart(t, numbers(), Options{
			Sources: map[string]Source{"in": {Source: in, Format: "json", OnError: config.OnError{Do: "to", To: "elsewhere"}}},
			Sinks:   map[string]Sink{"out": {Sink: newOut(connect.AtLeastOnce), Format: "json"}},
		}, nil)
		if err == nil || !strings.Contains(err.Error(), `"elsewhere"`) {
			t.Errorf("error %v", err)
		}
	})
}

type number struct {
	N int `json:"n"`
}

// deaf is a source that cannot be opened, blind one whose splits cannot be found.
type (
	deaf  struct{ *enginetest.Source }
	blind struct{ *enginetest.Source }
)

func (deaf) Open(context.Context, int) (connect.Reader, error) { return nil, errors.New("deaf") }
func (blind) Discover(context.Context, connect.Discovery) ([]connect.Split, error) {
	return nil, errors.New("blind")
}

// A start that fails says why, and leaves nothing open.
func TestStartFails(t *testing.T) {
	for want, source := range map[string]connect.Source{
		`source "in" cannot be opened: deaf`:                        deaf{enginetest.NewSource(true)},
		`splits of source "in" cannot be found: blind`:              blind{enginetest.NewSource(true)},
		`source "in" has no connector; sink "out" has no connector`: nil,
	} {
		g := lines(same)
		other := g.Add(&Node{Kind: KindSource, Name: "a", Type: "string"})
		o := From[string](g, other)
		To(&o.Port, g.Add(&Node{Kind: KindSink, Name: "out"}))
		options := copying(enginetest.NewSource(true), newOut(connect.AtLeastOnce))
		options.Parallelism = 3
		options.Sources["a"] = options.Sources["in"]
		options.Sources["in"] = Source{Source: source, Format: "lines"}
		if source == nil {
			options.Sinks = nil
		}
		_, _, err := tryStart(t, g, options, nil)
		if err == nil {
			t.Fatalf("it starts, without: %s", want)
		}
		for says := range strings.SplitSeq(want, "; ") {
			if strings.Count(err.Error(), says) != 1 {
				t.Errorf("error %v, want once: %s", err, says)
			}
		}
	}
}

// A panic in user code ends the run and says in which operator, called where,
// at which records, and with the stack of the user's function.
func TestPanic(t *testing.T) {
	in := enginetest.NewSource(true)
	in.AddText("a", "1", "2", "3")
	r, _ := start(t, lines(func(s string) string {
		if s == "2" {
			panic(errors.New("two was never expected"))
		}
		return s
	}), copying(in, newOut(connect.AtLeastOnce)), nil)
	err := ended(t, r)
	p, ok := errors.AsType[*PanicError](err)
	if !ok || !strings.Contains(p.Stack, "TestPanic") || strings.Contains(p.Stack, "runtime/debug") {
		t.Errorf("no panic with the user's stack: %v", err)
	}
	for _, says := range []string{`map "rewrite"`, "job.go:2", "subtask 0", "a@0-2", "two was never expected"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error does not say %q: %v", says, err)
		}
	}
}

// Whatever breaks ends the run, is what Wait returns, and leaves nothing behind.
func TestFailures(t *testing.T) {
	broken := errors.New("the cable is cut")
	for _, tt := range []struct {
		name string
		harm func(*enginetest.Source, *enginetest.Sink)
		says string
	}{
		{"source", func(s *enginetest.Source, _ *enginetest.Sink) { s.Fail(broken) }, `source "in"`},
		{"sink", func(s *enginetest.Source, k *enginetest.Sink) { k.Fail(broken); s.AddText("a", "x") }, `sink "out", subtask 0`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
			in.AddText("a", "1")
			r, _ := start(t, lines(same), copying(in, out), nil)
			tt.harm(in, out)
			if err := ended(t, r); !errors.Is(err, broken) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v", err)
			}
			if err := r.Stop(t.Context()); !errors.Is(err, broken) {
				t.Errorf("stop of a failed run: %v", err)
			}
		})
	}
}
