package conformance

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/runtime/connect"
)

// reading is a reader under test with what it brought. Every fetch is checked
// against the contract when it is taken.
type reading struct {
	*sourceTest
	connect.Reader
	of      map[string]*progress
	bounded bool
	want    int // records that readAll waits for where nothing ends, or everything
	eof     bool
	closed  bool
	seen    func(connect.Record)
	fetch   connect.Fetch // reused, as the engine does
}

// everything is all records of the input that the reader's splits have.
const everything = -1

// progress is what one split brought.
type progress struct {
	records []connect.Record
	next    int64
	ended   bool
	idle    bool
	told    bool // that it is idle, when it was last told anything
}

func (r *reading) assign(splits ...connect.Split) {
	r.Helper()
	for _, s := range splits {
		r.of[s.ID] = &progress{next: s.Next, ended: s.Ended}
	}
	if len(splits) == 0 {
		return
	}
	if err := r.Assign(soon(r), splits); err != nil {
		r.Fatal(err)
	}
	r.eof = false
}

// close closes the reader once.
func (r *reading) close() {
	r.Helper()
	if r.closed {
		return
	}
	r.closed = true
	if err := r.Reader.Close(); err != nil {
		r.Errorf("close: %v", err)
	}
}

// poll takes one fetch.
func (r *reading) poll(ctx context.Context) {
	r.Helper()
	r.fetch = connect.Fetch{Records: r.fetch.Records[:0], Lag: -1}
	switch err := r.Poll(ctx, &r.fetch); {
	case errors.Is(err, io.EOF):
		for id, p := range r.of {
			if !p.ended {
				r.Fatalf("the reader is at io.EOF and split %s, at %d with %d records, has not ended", id, p.next, len(p.records))
			}
		}
		r.eof = true
	case err != nil:
		r.Fatalf("poll: %v (so far: %s)", err, r.soFar())
	default:
		r.take(r.fetch)
	}
}

// take checks a fetch and adds it to the progress.
func (r *reading) take(f connect.Fetch) {
	r.Helper()
	p, ok := r.of[f.Split]
	switch {
	case !ok:
		r.Fatalf("a fetch of split %q, which the reader was not given", f.Split)
	case p.ended:
		r.Fatalf("a fetch of split %s, which has ended: %+v", f.Split, f)
	case len(f.Records) == 0 && !f.Ended && f.Idle == p.told:
		r.Fatalf("a fetch of split %s without records and without news: it was neither ended nor idle", f.Split)
	case f.Ended && f.Idle:
		r.Fatalf("split %s is both ended and idle", f.Split)
	case f.Lag < -1:
		r.Fatalf("split %s lags by %d records", f.Split, f.Lag)
	}
	at := p.next
	for i, rec := range f.Records {
		if rec.Offset < at {
			r.Fatalf("split %s: record %d of a fetch is at position %d, and the one before ended at %d", f.Split, i, rec.Offset, at)
		}
		at = rec.Offset + 1
		if r.seen != nil {
			r.seen(rec)
		}
	}
	if f.Next < at {
		r.Fatalf("split %s: the position after a fetch is %d, and its last record ends at %d or later", f.Split, f.Next, at)
	}
	p.records = append(p.records, f.Records...)
	p.next, p.ended, p.idle, p.told = f.Next, f.Ended, f.Idle, f.Idle
}

// done says that everything there is to read has been read: all splits ended,
// or, where they do not end, as many records came as are wanted.
func (r *reading) done() bool {
	got, all, ended := 0, 0, true
	for id, p := range r.of {
		got += len(p.records)
		all += len(r.Records[id])
		ended = ended && p.ended
	}
	if r.want != everything {
		all = r.want
	}
	return ended || !r.bounded && got >= all
}

func (r *reading) readAll() {
	r.Helper()
	for !r.done() {
		r.poll(soon(r))
	}
}

// toEOF polls until the reader says that all has ended.
func (r *reading) toEOF() {
	r.Helper()
	for !r.eof {
		r.poll(soon(r))
	}
}

// block polls in another goroutine until an error ends it, and returns when that
// goroutine waits for something, or has ended.
func (r *reading) block(ctx context.Context) <-chan error {
	r.Helper()
	ended := make(chan error, 1)
	go func() { ended <- r.untilError(ctx) }()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if len(ended) > 0 || waits("(*reading).untilError") {
			return ended
		}
	}
	r.Fatal("a poll of a reader with nothing to read neither waits nor ends")
	return nil
}

func (r *reading) untilError(ctx context.Context) error {
	for {
		if err := r.Poll(ctx, &connect.Fetch{}); err != nil {
			return err
		}
	}
}

// waits says whether the goroutine that a function is running in is parked.
func waits(function string) bool {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if head, calls, _ := strings.Cut(stack, "\n"); strings.Contains(calls, function) {
			return !strings.Contains(head, "[running") && !strings.Contains(head, "[runnable")
		}
	}
	return false
}

// check compares what was read, split by split.
func (r *reading) check(want map[string][]string) {
	r.Helper()
	for id, p := range r.of {
		if got := values(p.records); !slices.Equal(got, want[id]) {
			r.Errorf("split %s: %d records %q, want %d: %q", id, len(got), got, len(want[id]), want[id])
		}
	}
}

func (r *reading) soFar() (records []string) {
	for _, p := range r.of {
		records = append(records, values(p.records)...)
	}
	return records
}

// within is what a channel brings soon.
func within(t testing.TB, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		t.Fatal("it does not end")
		return nil
	}
}
