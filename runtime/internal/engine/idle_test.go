package engine

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/enginetest"
)

// seconds is a graph whose events are their own time, in seconds since 1970.
func seconds(disorder time.Duration) *Graph {
	g := &Graph{}
	n := g.Add(&Node{Kind: KindSource, Name: "in", Type: "string"})
	o := From[string](g, n)
	o.EventTime(func(s string) time.Time {
		sec, err := strconv.Atoi(s)
		if err != nil {
			return time.Time{}
		}
		return time.Unix(int64(sec), 0)
	}, disorder)
	To(&o.Port, g.Add(&Node{Kind: KindSink, Name: "out", Inputs: []*Node{n}}))
	return g
}

// watermark is the time of the run in seconds, -1 before there is one.
func watermark(r *Run) int64 {
	if w := r.Status().Watermark; w != nil {
		return w.Unix()
	}
	return -1
}

// A split in which nothing comes holds time back only for a while, in its own
// subtask and in others, and holds it back again once something comes.
func TestIdleSplit(t *testing.T) {
	for _, parallelism := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			in := enginetest.NewSource(false)
			in.AddText("a", "100", "107")
			in.AddText("b")
			o := copying(in, newOut(connect.AtLeastOnce))
			o.Parallelism = parallelism
			r, _ := start(t, seconds(2*time.Second), o, nil)
			at := func(after time.Duration, want int64) {
				t.Helper()
				time.Sleep(after)
				synctest.Wait()
				if got := watermark(r); got != want {
					t.Errorf("parallelism %d: the watermark is %d, want %d", parallelism, got, want)
				}
			}
			at(0, -1)
			at(4*time.Second, -1)
			at(2*time.Second, 105)
			in.AddText("a", "150")
			at(0, 148)
			in.AddText("b", "90", "160")
			at(0, 148)
			in.AddText("a", "200")
			at(0, 158) // b is awake
			at(4*time.Second, 158)
			at(2*time.Second, 198) // and asleep; both are, and the newer time holds
		})
	}
}

// What a pause or a rate keeps a source from reading does not make it idle.
func TestNotIdleUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := enginetest.NewSource(false)
		in.AddText("a", "100")
		in.AddText("b", "100")
		r, _ := start(t, seconds(0), copying(in, newOut(connect.AtLeastOnce)), nil)
		synctest.Wait()
		r.Pause()
		synctest.Wait()
		in.AddText("a", "200")
		in.AddText("b", "150")
		time.Sleep(time.Hour)
		r.Resume()
		synctest.Wait()
		if got := watermark(r); got != 150 {
			t.Errorf("after the pause the watermark is %d, want 150", got)
		}
		// Everything is read at one record in ten seconds, in turn.
		r.SetRate("in", 0.1)
		for i := range 5 {
			in.AddText("a", strconv.Itoa(300+i))
			in.AddText("b", strconv.Itoa(250+i))
		}
		time.Sleep(40 * time.Second)
		if got := watermark(r); got > 255 {
			t.Errorf("throttled, the watermark is %d: past the unread events of b", got)
		}
	})
}

// An event without a time is a bad record, not an event of the year 1.
func TestEventWithoutTime(t *testing.T) {
	in := enginetest.NewSource(true)
	in.AddText("a", "100", "never", "101")
	o := copying(in, newOut(connect.AtLeastOnce))
	s := o.Sources["in"]
	s.OnError.Do = "skip"
	o.Sources["in"] = s
	r, _ := start(t, seconds(0), o, nil)
	if err := ended(t, r); err != nil {
		t.Fatal(err)
	}
	if s := r.Status().Sources[0]; s.In != 3 || s.Bad != 1 {
		t.Errorf("status %+v", s)
	}
	for at, want := range map[time.Time]bool{
		{}:              false,
		time.Unix(0, 0): true,
		time.Date(1677, 1, 1, 0, 0, 0, 0, time.UTC): false,
		time.Date(1679, 1, 1, 0, 0, 0, 0, time.UTC): true,
		time.Date(2262, 1, 1, 0, 0, 0, 5, time.UTC): true,
		time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC): false,
	} {
		ns, err := instant(at)
		if (err == nil) != want || want && ns != at.UnixNano() {
			t.Errorf("%v: %d, %v", at, ns, err)
		}
	}
}
