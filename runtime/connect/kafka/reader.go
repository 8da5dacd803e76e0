package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// What a fetch may bring. Kafka sends a batch that is larger than this whole
// when it is the first, so these bound memory and not the size of records.
const (
	fetchBytes     = 8 << 20 // from one broker
	partitionBytes = 1 << 20
	// largest is what a batch may be, on the wire and decompressed.
	largest = 512 << 20
	// fetchWait is how long a broker holds a fetch that finds nothing. A
	// partition that is assigned meanwhile waits for its end.
	fetchWait = 500 * time.Millisecond
	// stumble is the pause after a fetch that failed and is worth another try.
	stumble = 50 * time.Millisecond
	// breath is the least time between a fetch that brought less than a full hand
	// and the next. Records that trickle in would otherwise be fetched a few at a
	// time, each fetch at the price of hundreds of records.
	breath = 5 * time.Millisecond
)

// reader reads the partitions of one subtask.
type reader struct {
	source *source
	client *client
	parts  map[int32]*partition

	// What is to be reported before more is fetched.
	ended   []*partition         // reached their limit without a record
	looks   []look               // not yet compared
	pending []kgo.FetchPartition // records of the last fetch
	full    bool                 // that fetch brought a full hand
	fetched time.Time            // when it did

	lookout *lookout
	// failed is why nothing is read any more. It is told again and again: a Poll
	// that was interrupted at the same moment is not listened to.
	failed error
}

func newReader(s *source) (*reader, error) {
	c, err := s.cluster.dial(
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// The markers that end transactions have offsets: without them the end of
		// a log could never be reached.
		kgo.KeepControlRecords(),
		kgo.FetchMaxBytes(fetchBytes),
		kgo.FetchMaxPartitionBytes(partitionBytes),
		kgo.BrokerMaxReadBytes(largest),
		kgo.MaxDecompressBatchBytes(largest),
		kgo.FetchMaxWait(fetchWait),
		// The client would try a topic that was created again for 12 s.
		kgo.KeepRetryableFetchErrors(),
		kgo.WithPools(new(recordPool)),
	)
	if err != nil {
		return nil, err
	}
	r := &reader{source: s, client: c, parts: map[int32]*partition{}}
	r.lookout = watch(c, s)
	return r, nil
}

// recordPool keeps the slices that records are decoded into. What records point to
// is not kept: it is the engine's.
type recordPool struct{ pool sync.Pool }

func (p *recordPool) GetRecords(n int) []kgo.Record {
	if kept, ok := p.pool.Get().(*[]kgo.Record); ok && cap(*kept) >= n {
		return (*kept)[:0]
	}
	return make([]kgo.Record, 0, n)
}

func (p *recordPool) PutRecords(r []kgo.Record) { p.pool.Put(&r) }

// Assign checks that the splits can be read on from where they are, all of
// them, before any is.
func (r *reader) Assign(ctx context.Context, splits []connect.Split) error {
	t, err := r.client.topic(ctx, r.source.topic)
	if err != nil {
		return err
	}
	var faults fault.List
	var assigned []*partition
	var numbers []int32
	for _, s := range splits {
		p, err := r.source.adopt(s, t)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		assigned, numbers = append(assigned, p), append(numbers, p.number)
	}
	if faults != nil {
		return faults
	}
	starts, err := r.client.places(ctx, t.name, numbers, logStart, everything)
	if err != nil {
		return err
	}
	ends, err := r.client.places(ctx, t.name, numbers, logEnd, everything)
	if err != nil {
		return err
	}
	from := map[int32]kgo.Offset{}
	for _, p := range assigned {
		if err := p.outside(starts[p.number].offset, ends[p.number].offset); err != nil {
			faults = append(faults, err)
			continue
		}
		from[p.number] = kgo.NewOffset().At(p.next).WithEpoch(p.epoch)
	}
	if faults != nil {
		return faults
	}
	for _, p := range assigned {
		r.parts[p.number] = p
		r.looks = append(r.looks, look{p.number, ends[p.number].offset})
	}
	r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{t.name: from})
	r.lookout.at(numbers)
	return nil
}

// adopt makes the partition that a split stands for, if the topic is still the
// one that the split's position is of.
func (s *source) adopt(split connect.Split, t topic) (*partition, error) {
	n, err := s.partitionOf(split)
	if err != nil {
		return nil, err
	}
	p := &partition{id: split.ID, number: n, topic: t.id, epoch: epochOf(split.Identity), next: split.Next, limit: noLimit, end: -1}
	if was := split.Identity[topicID]; was != "" && t.id != "" && was != t.id || !slices.Contains(t.partitions, n) {
		return nil, p.recreated()
	}
	return p, nil
}

// SetLimits ends partitions at positions.
func (r *reader) SetLimits(limits map[string]int64) error {
	for _, p := range r.parts {
		limit, ok := limits[p.id]
		if !ok || p.ended {
			continue
		}
		p.limit = limit
		if p.next >= limit {
			r.end(p)
			r.ended = append(r.ended, p)
		}
	}
	return nil
}

// end stops fetching a partition.
func (r *reader) end(p *partition) {
	p.ended = true
	r.client.PauseFetchPartitions(map[string][]int32{r.source.topic: {p.number}})
}

// Poll hands over what there is, or waits for it.
func (r *reader) Poll(ctx context.Context, f *connect.Fetch) error {
	for {
		switch {
		case r.failed != nil:
			return r.failed
		case r.next(f):
			return nil
		case r.over():
			return io.EOF
		case ctx.Err() != nil:
			return ctx.Err()
		}
		r.failed = r.fetch(ctx)
	}
}

// next fills f with what is at hand. News of ends comes before records: a
// partition that is busy must not hide that another has turned idle or, worse,
// is idle no more.
func (r *reader) next(f *connect.Fetch) bool {
	for len(r.ended) > 0 {
		p := r.ended[0]
		r.ended = r.ended[1:]
		p.report(f)
		return true
	}
	r.looks = append(r.looks, r.lookout.seen()...)
	for len(r.looks) > 0 {
		l := r.looks[0]
		r.looks = r.looks[1:]
		p := r.parts[l.partition]
		if p == nil || p.ended {
			continue
		}
		p.end = l.end
		if idle := p.next == l.end; idle != p.idle {
			f.Idle = idle
			p.report(f)
			return true
		}
	}
	for len(r.pending) > 0 {
		got := &r.pending[0]
		p := r.parts[got.Partition]
		if p == nil || p.ended {
			r.pending = r.pending[1:]
			continue
		}
		p.end = max(p.end, got.HighWatermark)
		rest := p.take(got.Records, f)
		recycle(got.Records[:len(got.Records)-len(rest)])
		if got.Records = rest; len(rest) == 0 {
			r.pending = r.pending[1:]
		}
		if len(f.Records) == 0 && p.next < p.limit {
			continue // markers only
		}
		p.report(f)
		if p.ended {
			r.end(p)
		}
		return true
	}
	return false
}

// recycle gives records back to the client's pool.
func recycle(records []*kgo.Record) {
	for _, r := range records {
		r.Recycle()
	}
}

// over says that there is nothing more to read.
func (r *reader) over() bool {
	for _, p := range r.parts {
		if !p.ended {
			return false
		}
	}
	return true
}

// fetch waits for records, for news of the lookout, or for the end of ctx. An
// error is one that no other fetch cures.
func (r *reader) fetch(ctx context.Context) error {
	waiting, done := r.lookout.interrupts(ctx)
	defer done()
	if rest := time.Until(r.fetched.Add(breath)); !r.full && rest > 0 {
		_ = pause(waiting, rest)
	}
	fetches := r.client.PollRecords(waiting, 0)
	r.full, r.fetched = fetches.NumRecords() >= most, time.Now()
	stumbled := false
	// Errors first: what is read after a loss must not be handed over.
	for i := range fetches {
		for _, t := range fetches[i].Topics {
			for _, p := range t.Partitions {
				switch {
				case p.Err == nil, waiting.Err() != nil && errors.Is(p.Err, waiting.Err()):
					continue
				case errors.Is(p.Err, kgo.ErrClientClosed):
					return fmt.Errorf("the reader of topic %q is closed", r.source.topic)
				}
				if err := r.lost(p.Partition, p.Err); err != nil {
					return err
				}
				stumbled = true
			}
		}
	}
	for i := range fetches {
		for _, t := range fetches[i].Topics {
			r.pending = append(r.pending, t.Partitions...)
		}
	}
	if stumbled {
		_ = pause(waiting, stumble)
	}
	return r.lookout.failure()
}

// Close ends the reader; a Poll that waits returns.
func (r *reader) Close() error {
	r.lookout.close()
	r.client.Close()
	return nil
}
