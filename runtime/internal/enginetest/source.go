// Package enginetest has the outside world in memory, for tests of the engine
// and of what stands on it: a source that is written to while it is read, and a
// sink that survives the runs that write to it.
package enginetest

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/spaas/spaas/runtime/connect"
)

// Source is a source of splits in memory. All methods are safe for concurrent
// use; records can be added while it is read.
type Source struct {
	// Rows is how many records a fetch has at most; default 100.
	Rows int

	bounded bool
	mu      sync.Mutex
	splits  []*split
	changed chan struct{} // closed and replaced with each change
	failing error
	held    bool
}

type split struct {
	id      string
	records []connect.Record
	marks   []mark // in order
}

// mark is a watermark that the source knows of, after some records.
type mark struct {
	after int64 // records
	time  int64
}

// NewSource makes a source without splits. A bounded one ends with what it has
// when it is read.
func NewSource(bounded bool) *Source {
	return &Source{Rows: 100, bounded: bounded, changed: make(chan struct{})}
}

// Add appends records to a split, which is made if need be. Offsets are set.
func (s *Source) Add(id string, records ...connect.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.find(id)
	if sp == nil {
		sp = &split{id: id}
		s.splits = append(s.splits, sp)
	}
	for _, r := range records {
		r.Offset = int64(len(sp.records))
		r.Key, r.Value = slices.Clip(r.Key), slices.Clip(r.Value)
		sp.records = append(sp.records, r)
	}
	s.change()
}

// AddText appends records with these values.
func (s *Source) AddText(id string, values ...string) {
	records := make([]connect.Record, len(values))
	for i, v := range values {
		records[i].Value = []byte(v)
	}
	s.Add(id, records...)
}

// Advance makes the watermark of a split known, after the records it has.
func (s *Source) Advance(id string, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.find(id)
	sp.marks = append(sp.marks, mark{int64(len(sp.records)), t.UnixNano()})
	s.change()
}

// Fail makes every Poll fail from now on.
func (s *Source) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
	s.change()
}

// Hold makes readers wait, as if the network were slow, until it is taken back.
func (s *Source) Hold(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = hold
	s.change()
}

func (s *Source) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Source) find(id string) *split {
	i := slices.IndexFunc(s.splits, func(sp *split) bool { return sp.id == id })
	if i < 0 {
		return nil
	}
	return s.splits[i]
}

// Discover implements connect.Source.
func (s *Source) Discover(_ context.Context, why connect.Discovery) ([]connect.Split, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []connect.Split
	for _, sp := range s.splits {
		found := connect.Split{ID: sp.id}
		if why == connect.Drain {
			found.Next = int64(len(sp.records))
		}
		all = append(all, found)
	}
	return all, nil
}

// Bounded implements connect.Source.
func (s *Source) Bounded() bool { return s.bounded }

// Open implements connect.Source.
func (s *Source) Open(context.Context, int) (connect.Reader, error) {
	return &reader{source: s, closed: make(chan struct{})}, nil
}

// reader reads the splits it was given in turn.
type reader struct {
	source *Source
	at     []*cursor
	turn   int
	closed chan struct{}
}

type cursor struct {
	id    string
	next  int64
	limit int64 // below 0: none
	marks int   // that are behind
	idle  bool  // was reported
	ended bool
}

func (r *reader) Assign(_ context.Context, splits []connect.Split) error {
	for _, s := range splits {
		r.at = append(r.at, &cursor{id: s.ID, next: s.Next, limit: -1, ended: s.Ended})
	}
	return nil
}

func (r *reader) SetLimits(limits map[string]int64) error {
	for _, c := range r.at {
		if limit, ok := limits[c.id]; ok {
			c.limit = limit
		}
	}
	return nil
}

func (r *reader) Close() error {
	close(r.closed)
	return nil
}

func (r *reader) Poll(ctx context.Context, f *connect.Fetch) error {
	for {
		done, changed, err := r.try(f)
		if done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.closed:
			return errors.New("the reader is closed")
		}
	}
}

// try fills f if there is anything to say.
func (r *reader) try(f *connect.Fetch) (done bool, changed <-chan struct{}, err error) {
	s := r.source
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return false, nil, s.failing
	}
	if s.held {
		return false, s.changed, nil
	}
	live := 0
	for range r.at {
		r.turn = (r.turn + 1) % len(r.at)
		c := r.at[r.turn]
		if c.ended {
			continue
		}
		live++
		sp := s.find(c.id)
		all, end := sp.records, int64(len(sp.records))
		if c.limit >= 0 {
			end = min(end, max(c.limit, c.next))
		}
		n := min(end-c.next, int64(s.Rows))
		f.Watermark = 0
		// A reader that starts in the middle has the marks before it told again.
		if c.marks < len(sp.marks) && sp.marks[c.marks].after <= c.next+n {
			n = max(sp.marks[c.marks].after-c.next, 0)
			f.Watermark = sp.marks[c.marks].time
			c.marks++
		}
		f.Records = append(f.Records, all[c.next:c.next+n]...)
		c.next += n
		f.Split, f.Next, f.Lag = c.id, c.next, int64(len(all))-c.next
		c.ended = c.next == end && (s.bounded || c.limit >= 0 && c.next >= c.limit)
		f.Ended = c.ended
		f.Idle = !c.ended && c.next == end && (n > 0 || !c.idle)
		c.idle = !c.ended && c.next == end
		if n > 0 || f.Ended || f.Idle || f.Watermark != 0 {
			return true, nil, nil
		}
	}
	if live == 0 {
		return false, nil, io.EOF
	}
	return false, s.changed, nil
}
