package checkpoint

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
)

// Of two copies the newer goes on. The older learns at its next record who it
// is, or within seconds when it has nothing to record.
func TestNewerCopyWins(t *testing.T) {
	for _, every := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			store, sink := blobtest.NewMemory(), newFakeSink()
			periodic := func(o *Options) { o.Every = every }
			older := mustStart(t, store, sink, periodic)
			if _, err := older.Savepoint(t.Context()); err != nil {
				t.Fatal(err)
			}
			at := time.Now()
			newer := mustStart(t, store, sink, periodic, func(o *Options) { o.PID, o.Host, o.Version = 4711, "there", "v2" })
			err := <-older.ended
			fenced, ok := errors.AsType[*FencedError](err)
			if !ok || fenced.By != (Owner{"there", 4711, "v2"}) || fenced.Term != newer.Term() || !fenced.At.Equal(at) {
				t.Fatalf("the older copy ended with %v", err)
			}
			want := "a newer copy of job test/numbers took over at 2000-01-01T00:00:00Z: pid 4711 on host there, version v2; this copy ends"
			if err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
			if waited := time.Since(at); waited > lookEvery+time.Second {
				t.Errorf("it took %v to notice", waited)
			}
			if _, err := older.Savepoint(t.Context()); err == nil {
				t.Error("the older copy takes savepoints")
			}
			if _, err := newer.Final(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, err := sink.shown(); err != nil || n != newer.position() {
				t.Error(n, err)
			}
			if err := newer.end(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Copies that start at once, on a real file system: one goes on, and all
// others say who.
func TestManyCopiesAtOnce(t *testing.T) {
	store, sink := blob.NewFolder(t.TempDir()), newFakeSink()
	const copies = 6
	type end struct {
		j   *fakeJob
		err error
	}
	ended := make(chan end, copies)
	started := make(chan *fakeJob, copies)
	for i := range copies {
		j := newJob(store, sink, func(o *Options) { o.Every, o.PID = 2*time.Millisecond, 100+i })
		go func() {
			err := j.start(t.Context())
			if err == nil {
				started <- j
				err = <-j.ended
			}
			ended <- end{j, err}
		}()
	}
	for range copies - 1 {
		e := <-ended
		if fenced, ok := asFenced(e.err); !ok || fenced.By.PID < 100 || fenced.By.PID == e.j.o.PID || !strings.Contains(e.err.Error(), "copy") {
			t.Errorf("copy %d ended with %v", e.j.o.PID, e.err)
		}
	}
	// The last one goes on.
	var last *fakeJob
	for last == nil {
		j := <-started
		if _, err := j.Savepoint(t.Context()); err == nil {
			last = j
		}
	}
	if _, err := last.Final(t.Context()); err != nil {
		t.Fatal(err)
	}
	last.stop()
	if e := <-ended; e.err != nil || e.j != last {
		t.Error(e.err)
	}
	if n, err := sink.shown(); err != nil || n != last.position() {
		t.Errorf("the source is at %d, the sink shows %d: %v", last.position(), n, err)
	}
}
