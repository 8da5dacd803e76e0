package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
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

// recycle gives records back to the client's pool.
func recycle(records []*kgo.Record) {
	for _, r := range records {
		r.Recycle()
	}
}
