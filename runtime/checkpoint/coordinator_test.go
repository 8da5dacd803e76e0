package checkpoint

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/jobapi"
)

func TestGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		first := mustStart(t, store, sink)
		if first.restored != nil || first.Term() != 1 || first.Generation() != 1 {
			t.Fatalf("first start: term %d, generation %d, restored %+v", first.Term(), first.Generation(), first.restored)
		}
		saved, err := first.Savepoint(t.Context())
		if err != nil || saved != 1 {
			t.Fatal(saved, err)
		}
		last, err := first.Final(t.Context())
		if err != nil || last != 2 {
			t.Fatal(last, err)
		}
		if again, err := first.Final(t.Context()); err != nil || again != 2 {
			t.Error("a second wish for the final checkpoint:", again, err)
		}
		if _, err := first.Savepoint(t.Context()); !errors.Is(err, errFinished) {
			t.Error("a savepoint after the final checkpoint:", err)
		}
		if err := first.end(); err != nil {
			t.Fatal(err)
		}
		second := mustStart(t, store, sink)
		if second.restored == nil || second.restored.Checkpoint != 2 || second.Term() != 2 || second.Generation() != 2 {
			t.Fatalf("second start: term %d, generation %d, restored %+v", second.Term(), second.Generation(), second.restored)
		}
		if n, err := second.Final(t.Context()); err != nil || n != 3 {
			t.Fatal("numbers go on without a gap after an orderly end:", n, err)
		}
		if err := second.end(); err != nil {
			t.Fatal(err)
		}
		if n, err := sink.shown(); err != nil || n != 9 {
			t.Fatal(n, err)
		}
	})
}

// A copy that does not fit the checkpoint is refused before it takes a term: the
// one that runs goes on.
func TestDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		first := mustStart(t, store, sink)
		if _, err := first.Savepoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		unfit := errors.New("the types have changed")
		second := newJob(store, sink, func(o *Options) {
			o.Fits = func(m *Manifest) error {
				if m.Checkpoint != 1 {
					t.Errorf("asked about checkpoint %d", m.Checkpoint)
				}
				return unfit
			}
		})
		if err := second.start(t.Context()); !errors.Is(err, unfit) {
			t.Errorf("it starts: %v", err)
		}
		if _, err := first.Savepoint(t.Context()); err != nil {
			t.Errorf("the one that ran is stopped: %v", err)
		}
		if err := first.end(); err != nil {
			t.Fatal(err)
		}
	})
}

// A number that was triggered is never triggered again, though nothing was
// written for it.
func TestNumbersAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		for start, want := range []string{"trigger 1, trigger 2", "trigger 3", "trigger 4"} {
			j := newJob(store, sink, func(o *Options) { o.Every = time.Second })
			j.barrier = func(n uint64) bool { return n == 1 } // no other is ever complete
			if err := j.start(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3500 * time.Millisecond)
			if got := j.noted(); got != want {
				t.Errorf("start %d: %s, want %s", start, got, want)
			}
			if err := j.end(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		name            string
		every, minPause time.Duration
		takes           time.Duration // a checkpoint
		want            string        // moments of triggers in a minute
	}{
		{"fast", 20 * time.Second, 0, 0, "20s 40s 1m0s"},
		{"only on request", 0, time.Second, 0, ""},
		{"slow", 10 * time.Second, 0, 15 * time.Second, "10s 25s 40s 55s"},
		{"with a pause", 10 * time.Second, 5 * time.Second, 15 * time.Second, "10s 30s 50s"},
		{"with a pause that does not matter", 20 * time.Second, 5 * time.Second, 10 * time.Second, "20s 40s 1m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var at []string
				begin := time.Now()
				j := newJob(blobtest.NewMemory(), newFakeSink(), func(o *Options) {
					o.Every, o.MinPause, o.Timeout = c.every, c.minPause, time.Minute
				})
				j.barrier = func(n uint64) bool {
					at = append(at, time.Since(begin).String())
					time.AfterFunc(c.takes, func() { j.cut(n) })
					return false
				}
				if err := j.start(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute + time.Millisecond)
				synctest.Wait()
				if got := strings.Join(at, " "); got != c.want {
					t.Errorf("triggered at %s, want %s", got, c.want)
				}
				if err := j.end(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A task that is over is represented by what it held last.
func TestTasksEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		bounded := TaskID{"bounded", 0}
		split := func(at string) map[string][]SplitState {
			return map[string][]SplitState{"file": {{ID: "f", Split: json.RawMessage(at)}}}
		}
		j := newJob(store, sink, func(o *Options) { o.Tasks = []TaskID{theTask, bounded} })
		j.barrier = func(n uint64) bool {
			switch n {
			case 1:
				// It acknowledges, then ends while the checkpoint is open: what it
				// held at the end must not get into this one.
				j.Ack(n, bounded, TaskSnapshot{Sources: split("1")})
				last := TaskSnapshot{Sources: split("2"), Ended: true, Committables: map[string][]json.RawMessage{"out": {sink.open(1, 6, 7)}}}
				j.TaskEnded(bounded, last)
				j.TaskEnded(bounded, last) // said twice is said once
				return true
			case 3:
				j.next, j.from = 7, 7 // past what the bounded task wrote
			}
			return true
		}
		if err := j.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for n := uint64(1); n <= 3; n++ {
			if got, err := j.Savepoint(t.Context()); err != nil || got != n {
				t.Fatal(got, err)
			}
		}
		for i, want := range []struct {
			at           string
			committables int
		}{{"1", 1}, {"2", 2}, {"2", 1}} {
			m := manifestOf(t, store, uint64(i+1))
			if got := string(m.Sources["file"][0].Split); got != want.at || len(m.Committables["out"]) != want.committables {
				t.Errorf("checkpoint %d: the task is at %s with %d committables, want %+v", i+1, got, len(m.Committables["out"]), want)
			}
		}
		// When the other one is over too, a checkpoint is complete by itself, and the last.
		j.TaskEnded(theTask, TaskSnapshot{Ended: true})
		if n, err := j.Final(t.Context()); err != nil || n != 4 || !manifestOf(t, store, n).Ended {
			t.Error(n, err)
		}
		if n, err := sink.shown(); err != nil || n != 10 {
			t.Error(n, err)
		}
		if err := j.end(); err != nil {
			t.Error(err)
		}
	})
}

// manifestOf reads a checkpoint's manifest.
func manifestOf(t *testing.T, store *blobtest.Memory, number uint64) *Manifest {
	t.Helper()
	log := &decisionLog{store: store, job: "test/numbers", now: time.Now}
	h, err := log.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range h.Checkpoints {
		if e := &h.Checkpoints[i]; e.Number == number {
			m, err := log.manifests().read(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	t.Fatalf("there is no checkpoint %d", number)
	return nil
}

func TestFilePrefix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		odd := []TaskID{{"a b", 0}, {"a/b", 0}, {"a-b-0", 1}, {"", 0}, {"..", 0}, {"Zählung", 11}}
		seen := map[string]bool{}
		store := blobtest.NewMemory()
		for range 2 {
			j := mustStart(t, store, newFakeSink(), func(o *Options) { o.Tasks = odd })
			for _, task := range append(odd, TaskID{"unknown", 0}) {
				for n := range uint64(3) {
					name := j.FilePrefix(n, task) + "x"
					if seen[name] {
						t.Errorf("%s is used twice", name)
					}
					seen[name] = true
					if err := store.Create(t.Context(), name, strings.NewReader("")); err != nil {
						t.Error(err)
					}
					id, ok := identityOf(name)
					if !ok || id.checkpoint != n || id.generation != j.Generation() || id.term != j.Term() {
						t.Errorf("%s is read as %v", name, id)
					}
				}
			}
			if err := j.end(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestStatusBeforeRun(t *testing.T) {
	j := newJob(blobtest.NewMemory(), newFakeSink())
	c, _, err := Start(t.Context(), j.o)
	if err != nil || c.Status() != (jobapi.CheckpointStats{}) {
		t.Fatal(err)
	}
}

func TestStartIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		j := mustStart(t, store, sink)
		for range 2 {
			if _, err := j.Savepoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.end(); err != nil {
			t.Fatal(err)
		}
		// Committed it was, but this process cannot know.
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		sink.onCommit(away)
		err := newJob(store, sink).start(ctx)
		want := "context deadline exceeded (the output of the newest checkpoint cannot be committed yet: broker away)"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// A job that is restarted over and over, and never comes to a checkpoint, does
// not make its next start slower.
func TestManyStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		opened := 0
		for range 500 {
			opened = 0
			counting := blobtest.NewFaults(store, func(op blobtest.Op) (blobtest.When, error) {
				if op.Kind == "open" {
					opened++
				}
				return blobtest.Works, nil
			})
			if err := mustStart(t, counting, sink).end(); err != nil {
				t.Fatal(err)
			}
			if opened > 70 {
				t.Fatalf("a start reads %d records", opened)
			}
		}
		if err := recovered(t, store, sink); err != nil {
			t.Error(err)
		}
	})
}
