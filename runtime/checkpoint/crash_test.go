package checkpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
)

// faulty is a store and a sink of one process, of which one store operation
// fails or is the process's last.
type faulty struct {
	*blobtest.Faults
	*fakeSink
	crashed bool
	die     context.CancelFunc
}

// at makes the operation with this number go wrong in a way.
func at(store blob.Store, sink *fakeSink, number int, how blobtest.When) *faulty {
	f := &faulty{fakeSink: sink}
	f.Faults = blobtest.NewFaults(store, func(op blobtest.Op) (blobtest.When, error) {
		if op.N != number {
			return blobtest.Works, nil
		}
		if f.crashed = how == blobtest.CrashBefore || how == blobtest.CrashAfter; f.crashed {
			f.die()
		}
		return how, errors.New("failed on purpose")
	})
	return f
}

// Commit is not done by a process that has crashed.
func (f *faulty) Commit(ctx context.Context, n uint64, sink string, c []json.RawMessage) error {
	if f.crashed {
		return blobtest.ErrCrashed
	}
	return f.fakeSink.Commit(ctx, n, sink, c)
}

// Recover is not done by a process that has crashed.
func (f *faulty) Recover(ctx context.Context, generation uint64, keep map[string][]json.RawMessage) error {
	if f.crashed {
		return blobtest.ErrCrashed
	}
	return f.fakeSink.Recover(ctx, generation, keep)
}

// live is a life of the job: it starts, takes checkpoints, sweeps, and ends
// with a final checkpoint, or where its store ends.
func live(t *testing.T, f *faulty) {
	j := newJob(f, f.fakeSink, func(o *Options) {
		o.Every, o.Keep, o.Committer = time.Second, Keep{All: 2 * time.Second}, f
	})
	ctx, die := context.WithCancel(t.Context())
	defer die()
	f.die = die
	if err := j.start(ctx); err != nil {
		return
	}
	defer j.end()
	time.Sleep(17500 * time.Millisecond) // long enough for a second sweep
	within, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, ask := range []func(context.Context) (uint64, error){j.Savepoint, j.Final} {
		if _, err := ask(within); err != nil {
			return
		}
	}
}

// recovered starts the job over what a life left, and checks that nothing is
// lost and nothing doubled, now and after it went on.
func recovered(t *testing.T, store *blobtest.Memory, sink *fakeSink) error {
	j := newJob(store, sink, func(o *Options) { o.Every = time.Second })
	if err := j.start(t.Context()); err != nil {
		return fmt.Errorf("the next start: %w", err)
	}
	defer j.end()
	if n, err := sink.shown(); err != nil || n != j.position() {
		return fmt.Errorf("the source is at %d, the sink shows %d: %v", j.position(), n, err)
	}
	before := j.position()
	time.Sleep(3500 * time.Millisecond)
	if _, err := j.Final(t.Context()); err != nil {
		return err
	}
	synctest.Wait() // for the sweep
	if n, err := sink.shown(); err != nil || n != j.position() || n != before+4*3 {
		return fmt.Errorf("the source went from %d to %d, the sink shows %d: %v", before, j.position(), n, err)
	}
	return tidy(t, store)
}

// tidy checks that the store holds what the log says, and nothing else that is
// older than the newest sweep.
func tidy(t *testing.T, store *blobtest.Memory) error {
	log := &decisionLog{store: store, job: "test/numbers", now: time.Now}
	h, err := log.read(t.Context())
	if err != nil {
		return err
	}
	needed := map[string]bool{}
	for i := range h.Checkpoints {
		e := &h.Checkpoints[i]
		needed[e.Manifest.Name] = true
		m, err := log.manifests().read(t.Context(), e)
		if err == nil {
			err = log.manifests().verify(t.Context(), e, m)
		}
		if err != nil {
			return err
		}
		for f := range m.files() {
			needed[f.Name] = true
		}
	}
	infos, err := store.List(t.Context(), "")
	if err != nil {
		return err
	}
	for _, i := range infos {
		number, isRecord := logNumber(i.Name)
		if isRecord && number < h.Base || !isRecord && !needed[i.Name] {
			return fmt.Errorf("%s is left over", i.Name)
		}
	}
	return nil
}

func (l *decisionLog) manifests() manifests { return manifests{l.store, l.job} }

var ways = map[string]blobtest.When{
	"fails": blobtest.Fails, "fails after it was done": blobtest.FailsAfter,
	"is the last": blobtest.CrashAfter, "is not done, nor any after": blobtest.CrashBefore,
}

// operations is how many there are in a life.
func operations(t *testing.T) int {
	store, sink := blobtest.NewMemory(), newFakeSink()
	f := at(store, sink, -1, blobtest.Works)
	live(t, f)
	return f.Ops()
}

// Whatever store operation fails or is the last, the next start goes on where
// the sink is.
func TestEveryOperationGoesWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := operations(t)
		if n < 100 {
			t.Fatalf("a life has only %d operations", n)
		}
		for k := range n {
			for way, how := range ways {
				store, sink := blobtest.NewMemory(), newFakeSink()
				live(t, at(store, sink, k, how))
				if err := recovered(t, store, sink); err != nil {
					t.Fatalf("operation %d of %d %s: %v", k, n, way, err)
				}
			}
		}
		t.Logf("%d operations, each in %d ways", n, len(ways))
	})
}

// The same, where the start after it goes wrong as well.
func TestEveryOperationGoesWrongTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := operations(t)
		runs := 0
		for k := range n {
			for again := k % 4; again < 24; again += 4 { // a quarter of all pairs
				how := []blobtest.When{blobtest.CrashBefore, blobtest.CrashAfter}
				store, sink := blobtest.NewMemory(), newFakeSink()
				live(t, at(store, sink, k, how[again%2]))
				live(t, at(store, sink, again, how[(k+again/2)%2]))
				if err := recovered(t, store, sink); err != nil {
					t.Fatalf("operation %d of the first life and %d of the second: %v", k, again, err)
				}
				runs++
			}
		}
		t.Logf("%d pairs", runs)
	})
}
