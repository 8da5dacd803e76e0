package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spaas/spaas/runtime/connect"
)

// pollRecords is how many records a Poll makes at most.
const pollRecords = 256

// forgiven is how far behind its rate a reader may be and catch up in one
// burst. What backpressure cost beyond that is not made up for.
const forgiven = time.Second

var errClosed = errors.New("the generator's reader is closed")

// reader makes the records of the one split, for the subtask that has it.
type reader struct {
	source *source
	closed chan struct{}
	stop   func() // closes closed, once

	plan  *Plan // nil: no split yet
	next  int64
	end   int64 // position that ends the split, below 0: none
	ended bool  // and reported
	size  int   // of the largest record so far

	paced time.Time // when the record at from was due
	from  int64
}

func newReader(s *source) *reader {
	closed := make(chan struct{})
	return &reader{source: s, closed: closed, stop: sync.OnceFunc(func() { close(closed) })}
}

// Assign implements connect.Reader.
func (r *reader) Assign(_ context.Context, splits []connect.Split) error {
	for _, split := range splits {
		if split.ID != splitID || r.plan != nil {
			return fmt.Errorf("the generator has one split %q, and was given %q", splitID, split.ID)
		}
		plan, err := r.source.planOf(split)
		if err != nil {
			return err
		}
		r.plan, r.next, r.ended = plan, split.Next, split.Ended
		r.end = -1
		if r.source.Bounded() {
			r.end = r.source.config.Count
		}
	}
	return nil
}

// SetLimits implements connect.Reader.
func (r *reader) SetLimits(limits map[string]int64) error {
	if at, ok := limits[splitID]; ok && (r.end < 0 || at < r.end) {
		r.end = at
	}
	return nil
}

// Poll implements connect.Reader.
func (r *reader) Poll(ctx context.Context, f *connect.Fetch) error {
	if r.plan == nil || r.ended {
		return io.EOF
	}
	n, err := r.wait(ctx)
	if err != nil {
		return err
	}
	// The records share one allocation that nobody else ever writes to.
	bytes := make([]byte, 0, int(n)*(r.size+16))
	ends := make([]int, n)
	for i := range n {
		before := len(bytes)
		bytes = r.plan.Append(bytes, r.next+i)
		ends[i] = len(bytes)
		r.size = max(r.size, len(bytes)-before)
	}
	begin := 0
	for i, end := range ends {
		f.Records = append(f.Records, connect.Record{Value: bytes[begin:end:end], Offset: r.next + int64(i), Time: r.plan.Time(r.next + int64(i))})
		begin = end
	}
	r.next += n
	r.ended = r.end >= 0 && r.next >= r.end
	f.Split, f.Header, f.Next, f.Ended, f.Lag = splitID, r.plan.Header(), r.next, r.ended, -1
	if r.end >= 0 {
		f.Lag = max(r.end-r.next, 0)
	}
	return nil
}

// Close implements connect.Reader.
func (r *reader) Close() error {
	r.stop()
	return nil
}

// wait returns how many records are due, once there is one, or 0 at the end.
func (r *reader) wait(ctx context.Context) (int64, error) {
	most := int64(pollRecords)
	if r.end >= 0 {
		most = min(most, max(r.end-r.next, 0))
	}
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-r.closed:
			return 0, errClosed
		default:
		}
		due, in := r.due(most)
		if due > 0 || most == 0 {
			return due, nil
		}
		timer := time.NewTimer(in)
		select {
		case <-ctx.Done():
		case <-r.closed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due returns how many of the most next records the rate allows now, and if
// none, when the next one is.
func (r *reader) due(most int64) (n int64, in time.Duration) {
	rate := float64(r.source.config.Rate)
	if rate == 0 {
		return most, 0
	}
	now := r.source.env.Now()
	if r.paced.IsZero() {
		r.paced, r.from = now, r.next
	}
	// The record at from is due at paced, the others a gap apart.
	allowed := int64(now.Sub(r.paced).Seconds()*rate) + 1
	behind := r.from + allowed - r.next
	if most := int64(forgiven.Seconds()*rate) + 1; behind > most {
		r.paced, r.from = now.Add(-forgiven), r.next
		behind = most
	}
	if behind > 0 {
		return min(behind, most), 0
	}
	next := r.paced.Add(time.Duration(float64(r.next-r.from) / rate * float64(time.Second)))
	return 0, max(next.Sub(now), time.Microsecond)
}
