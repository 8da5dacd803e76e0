package engine

import (
	"context"
	"encoding"
	"fmt"
	"strconv"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/format"
)

// recordFeed decodes the records of a connector's reader.
type recordFeed[T any] struct {
	pump    *pump
	decoder format.Decoder[T]
	typed   func(connect.Record, any) (bool, error) // a test's own; see Source.Typed
	source  *sourceRun
	task    *Task
	rejects *writer           // of on_error {to: sink}
	time    func(T) time.Time // nil: the event has the time of its record
	splits  map[string]*splitState

	fetch *connect.Fetch // under way, nil: none
	next  int            // record of the fetch
	asked int            // requests with splits
}

// DefaultFormat is the format of a source that names none: lines where T reads
// itself from text, JSON otherwise.
func DefaultFormat[T any]() string {
	switch any(new(T)).(type) {
	case *string, encoding.TextUnmarshaler:
		return "lines"
	}
	return "json"
}

func (f *recordFeed[T]) assign(splits []*splitState) {
	r := request{}
	for _, s := range splits {
		f.splits[s.ID] = s
		if !s.Ended {
			r.splits = append(r.splits, s.Split)
		}
	}
	if len(r.splits) > 0 {
		f.asked++
		f.pump.ask(r)
	}
}

func (f *recordFeed[T]) limit(limits map[string]int64) {
	own := map[string]int64{}
	for id, s := range f.splits {
		at, ok := limits[id]
		switch {
		case s.Ended:
		case ok:
			own[id] = at
		default:
			own[id] = s.Next
		}
	}
	f.pump.ask(request{limits: own})
}

func (f *recordFeed[T]) arrivals() <-chan arrival { return f.pump.out }
func (f *recordFeed[T]) pending() bool            { return f.fetch != nil }

func (f *recordFeed[T]) accept(a arrival) error {
	switch {
	case a.err != nil:
		return a.err
	case a.ended > 0:
		if a.ended < f.asked {
			return nil // splits were assigned since
		}
		for _, s := range f.splits {
			s.Ended, s.ended = true, true
		}
		return nil
	}
	s, ok := f.splits[a.fetch.Split]
	if !ok {
		return fmt.Errorf("source %q brought records of split %q, which this subtask was not given", f.source.name, a.fetch.Split)
	}
	if a.fetch.Identity != nil {
		s.Identity = a.fetch.Identity
	}
	f.fetch, f.next = a.fetch, 0
	return f.header(a.fetch)
}

// header tells the decoder what the columns of the records are.
func (f *recordFeed[T]) header(fetch *connect.Fetch) error {
	d, ok := f.decoder.(format.Headered)
	if !ok || fetch.Header == nil {
		return nil
	}
	if err := d.SetHeader(fetch.Header); err != nil {
		return &fault.Error{
			What:  fmt.Sprintf("source %q has columns that do not fit", f.source.name),
			Where: fetch.Split, Err: err, Incurable: true,
		}
	}
	return nil
}

func (f *recordFeed[T]) fill(ctx context.Context, b *Batch[T], most int) (*splitState, error) {
	s, t := f.splits[f.fetch.Split], f.task
	records := f.fetch.Records[f.next:]
	records = records[:min(most, len(records))]
	t.position = position{source: f.source.name, split: s.ID}
	var bytes int64
	for i := range records {
		r := &records[i]
		t.position.first, t.position.last = r.Offset, r.Offset
		bytes += int64(len(r.Value))
		b.V = append(b.V, *new(T))
		if err := f.decode(r, &b.V[len(b.V)-1]); err != nil {
			b.V = b.V[:len(b.V)-1]
			if err := f.bad(ctx, s, r, err); err != nil {
				return s, err
			}
			continue
		}
		at := r.Time
		if f.time != nil {
			var err error
			if at, err = instant(f.time(b.V[len(b.V)-1])); err != nil {
				b.V = b.V[:len(b.V)-1]
				if err := f.bad(ctx, s, r, err); err != nil {
					return s, err
				}
				continue
			}
		}
		b.TS = append(b.TS, at)
	}
	if len(records) > 0 {
		t.position.first, t.position.last = records[0].Offset, records[len(records)-1].Offset
	}
	f.source.in.Add(int64(len(records)))
	f.source.bytes.Add(bytes)
	f.next += len(records)
	if len(records) > 0 || awake(f.fetch) {
		s.atEnd, s.idle = time.Time{}, false
	}
	if f.next < len(f.fetch.Records) {
		s.Next = f.fetch.Records[f.next].Offset
		return s, nil
	}
	done := f.fetch
	s.Next, s.lag = done.Next, done.Lag
	s.Ended, s.ended = done.Ended, done.Ended
	if done.Watermark != 0 {
		s.watermark = max(s.watermark, done.Watermark)
	}
	if done.Idle && s.atEnd.IsZero() {
		s.atEnd = f.source.run.o.Now()
	}
	f.fetch = nil
	f.pump.back <- struct{}{}
	return s, nil
}

// awake says that a fetch brings nothing but the news that its split has unread
// records, which are still on their way.
func awake(f *connect.Fetch) bool {
	return len(f.Records) == 0 && !f.Idle && !f.Ended && f.Watermark == 0
}

func (f *recordFeed[T]) decode(r *connect.Record, v *T) error {
	if f.typed != nil {
		if done, err := f.typed(*r, v); done || err != nil {
			return err
		}
	}
	return f.decoder.Decode(r.Value, v)
}

// bad does with a record that cannot be decoded what the source's on_error says.
func (f *recordFeed[T]) bad(ctx context.Context, s *splitState, r *connect.Record, cause error) error {
	do := f.source.config.OnError.Do
	if n := f.source.bad.Add(1); do != "" && do != "fail" && n&(n-1) == 0 { // the first, and then ever fewer
		f.source.run.o.Log.Warn("a record cannot be decoded", "source", f.source.name, "split", s.ID, "offset", r.Offset,
			"error", cause, "on_error", do, "bad", n)
	}
	switch do {
	case "skip":
		return nil
	case "to":
		return f.rejects.write(ctx, []connect.Record{{
			Key: r.Key, Value: r.Value, Time: r.Time,
			Headers: append(r.Headers[:len(r.Headers):len(r.Headers)],
				connect.Header{Key: "spaas.error", Value: []byte(cause.Error())},
				connect.Header{Key: "spaas.source", Value: []byte(f.source.name)},
				connect.Header{Key: "spaas.split", Value: []byte(s.ID)},
				connect.Header{Key: "spaas.offset", Value: strconv.AppendInt(nil, r.Offset, 10)},
			),
		}})
	}
	return &fault.Error{
		What:  fmt.Sprintf("source %q has a record that cannot be decoded", f.source.name),
		Where: fmt.Sprintf("%s@%d", s.ID, r.Offset), Err: cause,
		Do:        "correct the producer, or set on_error of the source to skip or to {to: sink}",
		Incurable: true,
	}
}
