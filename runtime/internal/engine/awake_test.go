package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/enginetest"
)

// dictated is a source whose fetches a test dictates.
type dictated struct {
	splits  []string
	fetches chan connect.Fetch
	closed  chan struct{}
}

func (d *dictated) Discover(context.Context, connect.Discovery) (all []connect.Split, err error) {
	for _, id := range d.splits {
		all = append(all, connect.Split{ID: id})
	}
	return all, nil
}
func (d *dictated) Open(context.Context, int) (connect.Reader, error) { return d, nil }
func (d *dictated) Bounded() bool                                     { return false }
func (d *dictated) Assign(context.Context, []connect.Split) error     { return nil }
func (d *dictated) SetLimits(map[string]int64) error                  { return nil }
func (d *dictated) Close() error                                      { close(d.closed); return nil }
func (d *dictated) Poll(ctx context.Context, f *connect.Fetch) error {
	select {
	case *f = <-d.fetches:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-d.closed:
		return errors.New("the reader is closed")
	}
}

// bring hands over the next records of a split, with whether it is at its end.
func (d *dictated) bring(split string, from int64, idle bool, values ...string) {
	f := connect.Fetch{Split: split, Next: from + int64(len(values)), Idle: idle, Lag: -1}
	for i, v := range values {
		f.Records = append(f.Records, connect.Record{Value: []byte(v), Offset: from + int64(i)})
	}
	d.fetches <- f
}

// A reader that says of an idle split that there is something in it makes the
// split hold time back, although its records come only later: they wait behind
// those of another, or in a broker.
func TestAwakeWithoutRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &dictated{splits: []string{"a", "b"}, fetches: make(chan connect.Fetch), closed: make(chan struct{})}
		r, _ := start(t, seconds(0), copying(in, newOut(connect.AtLeastOnce)), nil)
		in.bring("a", 0, false, "100")
		in.bring("b", 0, true, "100")
		time.Sleep(time.Minute)
		in.bring("a", 1, false, "150")
		synctest.Wait()
		if got := watermark(r); got != 150 {
			t.Fatalf("the watermark is %d, want 150: b is idle", got)
		}
		in.bring("b", 1, false)
		in.bring("a", 2, false, "300")
		time.Sleep(time.Minute)
		if got := watermark(r); got != 150 {
			t.Errorf("the watermark is %d, want 150: b has unread events", got)
		}
		in.bring("b", 1, false, "200")
		synctest.Wait()
		if got := watermark(r); got != 200 {
			t.Errorf("the watermark is %d, want 200", got)
		}
	})
}

// A subtask that was idle and reads again holds back the time of the subtasks
// behind the exchange from its first event on, also when it never pauses.
func TestAwakeBehindExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
		in.AddText("a", "100 k")
		in.AddText("b", "100 k")
		o := copying(in, out)
		o.Parallelism, o.Rows = 2, 1
		slow := make(chan struct{})
		g := countsOf(t, 0, func(s string) {
			if s == "102 slow" {
				<-slow
			}
		})
		r, _ := start(t, g, o, nil)
		time.Sleep(time.Minute) // both are idle
		synctest.Wait()
		in.AddText("a", "101 k", "102 slow")
		synctest.Wait()
		in.AddText("b", "200 k")
		synctest.Wait()
		if got := out.Values(); len(got) > 0 {
			t.Errorf("%q fired while a was at 102", got)
		}
		close(slow)
		in.AddText("a", "200 k")
		synctest.Wait()
		got := out.Values()
		slices.Sort(got)
		if want := []string{"k 100 3", "slow 100 1"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, op := range r.Status().Operators {
			if op.Late > 0 {
				t.Errorf("%d events are late", op.Late)
			}
		}
	})
}
