package checkpoint

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
)

// What an abandoned checkpoint would have committed is committed by the next,
// whether the report came in time or late.
func TestAbandonedTravelsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newFakeSink()
		other := TaskID{"other", 0}
		j := newJob(blobtest.NewMemory(), sink, func(o *Options) {
			o.Every, o.Timeout, o.Tasks = 20*time.Second, 10*time.Second, append(o.Tasks, other)
		})
		j.barrier = func(n uint64) bool {
			switch n {
			case 1: // this task reports, the other does not
				return true
			case 2: // both are late
				time.AfterFunc(15*time.Second, func() { j.cut(n) })
				return false
			case 3: // the other declines
				j.cut(n)
				j.Decline(n, other, errors.New("no slot is free"))
				return false
			}
			j.Ack(n, other, TaskSnapshot{})
			return true
		}
		if err := j.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(81 * time.Second)
		if got, want := j.noted(), "trigger 1, cancel 1, trigger 2, cancel 2, trigger 3, cancel 3, trigger 4"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if n, err := sink.shown(); err != nil || n != 12 {
			t.Error(n, err)
		}
		if s := j.Status(); s.Completed != 1 || s.Abandoned != 3 || s.Last == nil || s.Last.ID != 4 {
			t.Errorf("%+v", s)
		}
		if err := j.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestTooManyFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJob(blobtest.NewMemory(), newFakeSink(), func(o *Options) {
			o.Every, o.Timeout, o.MaxFailures = time.Minute, 30*time.Second, 3
			for i := range 7 {
				o.Tasks = append(o.Tasks, TaskID{"counts", i})
			}
		})
		if err := j.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := <-j.ended
		want := "3 checkpoints in a row were abandoned, the last was 3: not complete within 30s: waits for 7 of 8 tasks, counts/0, counts/1, counts/2, counts/3, counts/4 …" +
			" (see why in the log; if checkpoints only take long, raise checkpoint.timeout)"
		if err == nil || err.Error() != want || fault.Incurable(err) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}
