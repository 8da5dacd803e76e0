package checkpoint

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
)

// A sink that is away is waited for, and nothing is triggered meanwhile.
func TestCommitIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newFakeSink()
		j := mustStart(t, blobtest.NewMemory(), sink, func(o *Options) { o.Every = time.Second })
		var tries atomic.Int64
		sink.onCommit(func(n uint64) error {
			if tries.Add(1) <= 12 {
				return errors.New("broker away")
			}
			return nil
		})
		time.Sleep(5 * time.Minute)
		if n := tries.Load(); n < 13 || n > 13+300 {
			t.Errorf("%d tries", n)
		}
		if calls := j.noted(); !strings.HasPrefix(calls, "trigger 1, trigger 2") || strings.Contains(calls, "cancel") {
			t.Errorf("%.100s", calls)
		}
		if _, err := j.Final(t.Context()); err != nil || j.end() != nil {
			t.Fatal(err)
		}
		if n, err := sink.shown(); err != nil || n != j.position() {
			t.Error(n, err)
		}
	})
}

func TestCommitCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newFakeSink()
		j := mustStart(t, blobtest.NewMemory(), sink, func(o *Options) { o.Every = time.Second })
		sink.onCommit(func(uint64) error { return &fault.Error{What: "the topic is gone", Incurable: true} })
		if err := <-j.ended; !fault.Incurable(err) || !strings.Contains(err.Error(), "the topic is gone") {
			t.Error(err)
		}
	})
}

// Output that is lost as a whole is taken back: the job goes on from the
// checkpoint before, and shows everything once.
func TestOutputIsLost(t *testing.T) {
	for _, name := range []string{"while it runs", "before the next start", "of the first checkpoint"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, sink := blobtest.NewMemory(), newFakeSink()
				j := mustStart(t, store, sink, func(o *Options) { o.Every = time.Second })
				lost := uint64(3)
				if name == "of the first checkpoint" {
					lost = 1
				}
				sink.onCommit(func(n uint64) error {
					if n != lost {
						return nil
					}
					if name == "while it runs" {
						sink.abortOpen()
						return nil
					}
					return errors.New("broker away")
				})
				time.Sleep(4 * time.Second)
				if name == "while it runs" {
					err := <-j.ended
					want := `sink out: checkpoint 3 is void: nothing of its output can be committed any more: out: 0 visible, 1 lost, because the transaction was aborted (the job goes back to the checkpoint before it, which loses and doubles nothing)`
					if err == nil || err.Error() != want || fault.Incurable(err) {
						t.Fatalf("got  %v\nwant %s", err, want)
					}
				} else {
					j.stop()
					<-j.ended
					sink.abortOpen()
				}
				sink.onCommit(working)
				again := newJob(store, sink)
				if err := again.start(t.Context()); err != nil {
					t.Fatal(err)
				}
				if lost == 1 && again.restored != nil || lost == 3 && again.restored.Checkpoint != 2 {
					t.Errorf("restored %+v", again.restored)
				}
				n, err := again.Final(t.Context())
				if err != nil || n <= lost {
					t.Error("numbers are not used again:", n, err)
				}
				if err := again.end(); err != nil {
					t.Error(err)
				}
				if n, err := sink.shown(); err != nil || n != again.position() {
					t.Error(n, err)
				}
				if err := tidyAfter(t, store, sink); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// tidyAfter starts the job once more, so that it sweeps.
func tidyAfter(t *testing.T, store *blobtest.Memory, sink *fakeSink) error {
	return recovered(t, store, sink)
}

// Output that is lost in part stops the job, with what there is to choose.
func TestOutputIsTorn(t *testing.T) {
	outcomes := []outcome{
		{sink: "counts", count: 4},
		{sink: "clicks", count: 3, err: fmt.Errorf("sink: %w", &LostError{Committed: 1, Gone: 1, Unknown: 1, Err: errors.New("the transaction was aborted")})},
		{sink: "rejects", count: 1, err: &LostError{Gone: 1, Err: errors.New("it expired")}},
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	e, parent := &entry{Number: 42, At: at.Add(time.Minute)}, &entry{Number: 41, At: at}
	lost := lostOf(outcomes)
	if lost.void() {
		t.Error("it is void")
	}
	for _, c := range []struct {
		parent *entry
		want   string
	}{
		{parent, `sinks clicks, rejects, output of 2026-11-24T12:00:00Z to 2026-11-24T12:01:00Z: ` +
			`checkpoint 42 is committed in part only: 5 of its committables are visible, 3 are not: ` +
			`clicks: 1 visible, 1 lost, 1 nobody can tell of, because the transaction was aborted; rejects: 0 visible, 1 lost, because it expired ` +
			`(look what the sink holds of that time, then choose: go back to checkpoint 41, which shows the visible part twice, or go on from checkpoint 42 without the rest; until then the job stays down)`},
		{nil, `sinks clicks, rejects, output up to 2026-11-24T12:01:00Z: ` +
			`checkpoint 42 is committed in part only: 5 of its committables are visible, 3 are not: ` +
			`clicks: 1 visible, 1 lost, 1 nobody can tell of, because the transaction was aborted; rejects: 0 visible, 1 lost, because it expired ` +
			`(look what the sink holds of that time, then choose: start from nothing, which shows the visible part twice, or go on from checkpoint 42 without the rest; until then the job stays down)`},
	} {
		err := lost.halt(e, c.parent)
		if err.Error() != c.want || !fault.Incurable(err) {
			t.Errorf("got  %s\nwant %s", err, c.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	lost := func(committed, gone, unknown int) error {
		return &LostError{committed, gone, unknown, errors.New("x")}
	}
	for _, c := range []struct {
		name     string
		outcomes []outcome
		lost     bool
		void     bool
	}{
		{"nothing to commit", nil, false, false},
		{"all committed", []outcome{{"a", 2, nil}, {"b", 1, nil}}, false, false},
		{"reported as lost, but nothing is", []outcome{{"a", 2, lost(2, 0, 0)}}, false, false},
		{"all gone", []outcome{{"a", 2, lost(0, 2, 0)}, {"b", 1, lost(0, 1, 0)}}, true, true},
		{"one sink had nothing", []outcome{{"a", 0, nil}, {"b", 1, lost(0, 1, 0)}}, true, true},
		{"one sink did it", []outcome{{"a", 2, nil}, {"b", 1, lost(0, 1, 0)}}, true, false},
		{"one of a sink did it", []outcome{{"a", 2, lost(1, 1, 0)}}, true, false},
		{"nobody can tell", []outcome{{"a", 2, lost(0, 0, 2)}}, true, false},
		{"gone, and of one nobody can tell", []outcome{{"a", 2, lost(0, 1, 1)}}, true, false},
	} {
		l := lostOf(c.outcomes)
		if (l != nil) != c.lost || l != nil && l.void() != c.void {
			t.Errorf("%s: %+v", c.name, l)
		}
	}
}

// A copy that is fenced while it waits for a sink commits nothing any more.
func TestFencedWhileItCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		older := mustStart(t, store, sink, func(o *Options) { o.Every = time.Second })
		sink.onCommit(away)
		time.Sleep(5 * time.Second)
		sink.onCommit(working)
		newer := mustStart(t, store, sink)
		var calls atomic.Int64
		sink.onCommit(func(uint64) error { calls.Add(1); return nil })
		if _, ok := asFenced(<-older.ended); !ok || calls.Load() != 0 {
			t.Errorf("the older copy committed %d times", calls.Load())
		}
		if n, err := sink.shown(); err != nil || n != newer.position() || n != 3 {
			t.Error(n, err)
		}
		if err := newer.end(); err != nil {
			t.Error(err)
		}
	})
}
