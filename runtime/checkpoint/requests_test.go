package checkpoint

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob/blobtest"
)

func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := blobtest.NewMemory()
		j := newJob(store, newFakeSink(), func(o *Options) { o.Timeout, o.Every = 5*time.Second, time.Hour })
		var slow atomic.Bool
		slow.Store(true)
		j.barrier = func(uint64) bool { return !slow.Load() }
		if err := j.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		_, err := j.Savepoint(ctx)
		want := "context deadline exceeded (the last checkpoint was abandoned: not complete within 5s: waits for 1 of 1 tasks, numbers/0)"
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		slow.Store(false)
		n, err := j.Savepoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m := manifestOf(t, store, n)
		if last := j.Status().Last; !m.Savepoint || last == nil || !last.Savepoint || last.ID != n || last.Bytes < 4 || !last.At.Equal(m.At) {
			t.Errorf("the savepoint is %+v, %+v", m, last)
		}
		// A final checkpoint that fails is repeated, and one that nobody waits for is
		// no savepoint.
		slow.Store(true)
		time.AfterFunc(12*time.Second, func() { slow.Store(false) })
		n, err = j.Final(t.Context())
		if err != nil || manifestOf(t, store, n).Savepoint {
			t.Error(n, err)
		}
		if err := j.end(); err != nil {
			t.Error(err)
		}
		if _, err := j.Final(t.Context()); err == nil {
			t.Error("a final checkpoint after the end")
		}
	})
}

// Whoever waits when the generation ends is told why.
func TestRequestsWhenItFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJob(blobtest.NewMemory(), newFakeSink(), func(o *Options) { o.MaxFailures = 2 })
		j.barrier = func(n uint64) bool { j.Decline(n, theTask, errors.New("no slot is free")); return false }
		if err := j.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := j.Savepoint(t.Context())
		why := <-j.ended
		if err == nil || why == nil || err.Error() != why.Error() || !strings.Contains(err.Error(), "numbers, subtask 0: no slot is free") {
			t.Errorf("the savepoint: %v\nthe run: %v", err, why)
		}
	})
}
