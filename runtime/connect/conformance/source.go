package conformance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// Source is one input for a source, and how to make the source.
type Source struct {
	// New makes the source as every start of a job does, with the same config.
	New func() (connect.Source, error)
	// Records are the values the input holds, by split ID, in order. A few splits
	// with some dozens of records make a good input; some may be empty.
	Records map[string][]string
	// Append adds a record at the end of a split; nil for a source whose input
	// does not grow.
	Append func(split, value string)
	// AddSplit makes a new split that holds the values, and returns its ID; nil
	// for a source whose splits are known from the start.
	AddSplit func(values ...string) string
	// Change makes the input of a split another one under the same name (a file
	// rewritten, a topic deleted and made again); nil where that cannot be.
	Change func(split string)
}

// TestSource checks the contract of connect.Source and connect.Reader. Input
// makes a fresh input for each part of the suite, gone when the test ends.
func TestSource(t *testing.T, input func(t *testing.T) Source) {
	for _, part := range []struct {
		name  string
		check func(*sourceTest)
	}{
		{"discover", (*sourceTest).discover},
		{"everything in order", (*sourceTest).everything},
		{"resume at every position", (*sourceTest).resume},
		{"subtasks share the splits", (*sourceTest).share},
		{"a split comes later", (*sourceTest).assignLater},
		{"a split that has ended", (*sourceTest).assignEnded},
		{"limits", (*sourceTest).limits},
		{"an interrupted poll", (*sourceTest).interrupted},
		{"close while a poll blocks", (*sourceTest).closeWhilePolling},
		{"bytes are never reused", (*sourceTest).bytesStay},
		{"idle only at the end", (*sourceTest).idle},
		{"a split that appears", (*sourceTest).newSplit},
		{"an input that is another one", (*sourceTest).changed},
	} {
		t.Run(part.name, func(t *testing.T) {
			s := &sourceTest{T: t, Source: input(t)}
			noLeak(t) // what the input itself started is not the source's
			part.check(s)
		})
	}
}

type sourceTest struct {
	*testing.T
	Source
}

// start makes a source, as a start of the job does.
func (t *sourceTest) start() connect.Source {
	t.Helper()
	s, err := t.New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// splits are those of a first start, as a checkpoint would store them.
func (t *sourceTest) splits(s connect.Source) []connect.Split {
	t.Helper()
	splits, err := s.Discover(soon(t), connect.FirstStart)
	if err != nil {
		t.Fatal(err)
	}
	return throughManifest(t, splits)
}

// reader opens a reader of a source with splits.
func (t *sourceTest) reader(s connect.Source, splits ...connect.Split) *reading {
	t.Helper()
	r, err := s.Open(soon(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	rd := &reading{sourceTest: t, Reader: r, bounded: s.Bounded(), want: everything, of: map[string]*progress{}}
	t.Cleanup(rd.close)
	rd.assign(splits...)
	return rd
}

func (t *sourceTest) discover() {
	s := t.start()
	splits := t.splits(s)
	var ids []string
	for _, split := range splits {
		ids = append(ids, split.ID)
		if split.Ended {
			t.Errorf("split %s has ended before it was read", split.ID)
		}
	}
	if want := slices.Sorted(maps.Keys(t.Records)); !slices.Equal(slices.Sorted(slices.Values(ids)), want) {
		t.Fatalf("splits %q, want %q", ids, want)
	}
	var again []string
	for _, split := range t.splits(t.start()) {
		again = append(again, split.ID)
	}
	if !slices.Equal(ids, again) {
		t.Errorf("the next start has splits %q, this one %q", again, ids)
	}
}

func (t *sourceTest) everything() {
	s := t.start()
	r := t.reader(s, t.splits(s)...)
	r.readAll()
	r.check(t.Records)
	if !s.Bounded() {
		return
	}
	for id, p := range r.of {
		if !p.ended {
			t.Errorf("split %s of a bounded source did not end", id)
		}
	}
	for range 2 {
		if err := r.Poll(soon(t), &connect.Fetch{}); !errors.Is(err, io.EOF) {
			t.Errorf("poll after the end: %v, want io.EOF", err)
		}
	}
}

// resume reads on from the position of every record and from the end, each time
// in a new source: a checkpoint may cut a fetch anywhere.
func (t *sourceTest) resume() {
	s := t.start()
	splits := t.splits(s)
	whole := t.reader(s, splits...)
	whole.readAll()
	whole.close()
	for _, split := range splits {
		records := whole.of[split.ID].records
		for from := range len(records) + 1 {
			at := split
			at.Next = whole.of[split.ID].next
			if from < len(records) {
				at.Next = records[from].Offset
			}
			r := t.reader(t.start(), throughManifest(t, at))
			r.want = len(records) - from
			r.readAll()
			for from == len(records) && !r.bounded && !r.of[split.ID].idle {
				r.poll(soon(t)) // and nothing may come
			}
			if got, want := values(r.of[split.ID].records), t.Records[split.ID][from:]; !slices.Equal(got, want) {
				t.Fatalf("split %s resumed at position %d (record %d of %d) brings %q, want %q", split.ID, at.Next, from, len(records), got, want)
			}
			if at := r.of[split.ID].next; r.bounded && at != whole.of[split.ID].next {
				t.Errorf("split %s resumed at record %d ends at position %d, read in one go at %d", split.ID, from, at, whole.of[split.ID].next)
			}
			r.close()
		}
	}
}

func (t *sourceTest) share() {
	s := t.start()
	var readers []*reading
	for i, split := range t.splits(s) {
		if i < 2 {
			readers = append(readers, t.reader(s))
		}
		readers[i%2].assign(split)
	}
	for _, r := range readers {
		r.readAll()
		want := map[string][]string{}
		for id := range r.of {
			want[id] = t.Records[id]
		}
		r.check(want)
	}
}

func (t *sourceTest) assignLater() {
	s := t.start()
	splits := t.splits(s)
	if len(splits) < 2 {
		t.Skip("one split")
	}
	r := t.reader(s, splits[:1]...)
	r.readAll()
	r.assign(splits[1:]...)
	r.readAll()
	r.check(t.Records)
}

func (t *sourceTest) assignEnded() {
	s := t.start()
	if !s.Bounded() {
		t.Skip("nothing ends")
	}
	splits := t.splits(s)
	whole := t.reader(s, splits...)
	whole.readAll()
	for i := range splits {
		splits[i].Next, splits[i].Ended = whole.of[splits[i].ID].next, true
	}
	r := t.reader(t.start(), throughManifest(t, splits)...)
	r.toEOF() // and no fetch before it
}

// limits drains the splits at a position in their middle, set before the first
// poll and after it.
func (t *sourceTest) limits() {
	s := t.start()
	splits := t.splits(s)
	whole := t.reader(s, splits...)
	whole.readAll()
	whole.close()
	for _, early := range []bool{true, false} {
		r := t.reader(t.start(), splits...)
		limits, want := map[string]int64{}, map[string][]string{}
		for id, p := range whole.of {
			half := len(p.records) / 2
			limits[id] = p.next
			if half < len(p.records) {
				limits[id] = p.records[half].Offset
			}
			want[id] = t.Records[id][:half]
		}
		if !early {
			r.poll(soon(t))
		}
		if err := r.SetLimits(limits); err != nil {
			t.Fatal(err)
		}
		for id, p := range r.of {
			// What the first poll brought beyond the limit has been handed out.
			if n := len(p.records); n > len(want[id]) {
				want[id] = t.Records[id][:n]
			}
		}
		r.toEOF()
		r.check(want)
		for id, p := range r.of {
			if !p.ended {
				t.Errorf("split %s was limited to %d, is at %d and did not end", id, limits[id], p.next)
			}
		}
		r.close()
	}
}

// interrupted polls with contexts that are over: nothing may get lost, because
// that is how the engine makes a reader listen.
func (t *sourceTest) interrupted() {
	s := t.start()
	r := t.reader(s, t.splits(s)...)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for !r.done() {
		f := connect.Fetch{}
		switch err := r.Poll(over, &f); {
		case err == nil:
			r.take(f) // it had records already
		case errors.Is(err, io.EOF):
		case !errors.Is(err, context.Canceled):
			t.Fatalf("poll with a context that is over: %v, want context.Canceled", err)
		case len(f.Records) > 0:
			t.Fatalf("poll with a context that is over brings an error and records: %q", values(f.Records))
		}
		if !r.done() {
			r.poll(soon(t))
		}
	}
	r.check(t.Records)
	if s.Bounded() {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := r.block(ctx)
	cancel()
	if err := within(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted poll: %v, want context.Canceled", err)
	}
}

func (t *sourceTest) closeWhilePolling() {
	s := t.start()
	r := t.reader(s, t.splits(s)...)
	r.readAll()
	ended := r.block(context.Background())
	r.close()
	if within(t, ended) == nil {
		t.Error("a poll after Close brings no error")
	}
}

// bytesStay keeps every record as a decoder with views does, and looks again
// when all has been read.
func (t *sourceTest) bytesStay() {
	type kept struct{ got, copied []byte }
	var all []kept
	keep := func(b []byte) { all = append(all, kept{b, bytes.Clone(b)}) }
	s := t.start()
	r := t.reader(s, t.splits(s)...)
	r.seen = func(rec connect.Record) {
		keep(rec.Key)
		keep(rec.Value)
		for _, h := range rec.Headers {
			keep(h.Value)
		}
	}
	r.readAll()
	r.close()
	for _, k := range all {
		if !bytes.Equal(k.got, k.copied) {
			t.Fatalf("a record that was %q is %q now", k.copied, k.got)
		}
		if len(k.got) > 0 && cap(k.got) > len(k.got) {
			// An append by a decoder must not write into the next record.
			t.Fatalf("the record %q has %d bytes of room behind it: cut its capacity", k.got, cap(k.got)-len(k.got))
		}
	}
}

// idle waits until every split of an unbounded source is idle, appends, and
// sees that the records arrive.
func (t *sourceTest) idle() {
	s := t.start()
	if s.Bounded() {
		t.Skip("splits end and are never idle")
	}
	r := t.reader(s, t.splits(s)...)
	for id, p := range r.of {
		for !p.idle {
			r.poll(soon(t))
		}
		if got, want := len(p.records), len(t.Records[id]); got != want {
			t.Errorf("split %s is idle after %d of %d records", id, got, want)
		}
	}
	if t.Append == nil {
		return
	}
	for id, p := range r.of {
		t.Append(id, "appended")
		p.idle = false
		for !p.idle {
			r.poll(soon(t))
		}
		if got, want := values(p.records), append(slices.Clone(t.Records[id]), "appended"); !slices.Equal(got, want) {
			t.Errorf("split %s: %q, want %q", id, got, want)
		}
	}
}

func (t *sourceTest) newSplit() {
	if t.AddSplit == nil {
		t.Skip("splits are known from the start")
	}
	s := t.start()
	t.splits(s)
	want := []string{"one", "two", "three"}
	id := t.AddSplit(want...)
	splits, err := s.Discover(soon(t), connect.NewSplits)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(splits, func(s connect.Split) bool { return s.ID == id })
	if i < 0 {
		t.Fatalf("the new split %s is not among %+v", id, splits)
	}
	r := t.reader(s, throughManifest(t, splits[i]))
	r.want = len(want)
	r.readAll()
	r.check(map[string][]string{id: want})
}

func (t *sourceTest) changed() {
	if t.Change == nil {
		t.Skip("an input is never another one")
	}
	for _, split := range t.splits(t.start()) {
		t.Change(split.ID)
		r := t.reader(t.start())
		if err := r.Assign(soon(t), []connect.Split{split}); !fault.Incurable(err) {
			t.Errorf("split %s is another input now and assigned: %v, want an incurable fault", split.ID, err)
		}
		r.close()
	}
}
