package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// writer sends records without waiting for each. Records travel in parcels; a
// writer that has sent all of its parcels waits for one to come back.
type writer struct {
	sink   *sink
	client *client
	limit  int32 // bytes of a record that the topic takes

	back  chan *parcel // parcels to fill; nil: not made yet
	open  *parcel      // being filled, or nil
	acked func(*kgo.Record, error)
	acks  atomic.Int64 // records that the brokers have answered for
	// failure is the first record's that was not written. After it nothing that
	// is written counts.
	failure atomic.Pointer[error]
}

func newWriter(s *sink) (*writer, error) {
	w := &writer{sink: s, limit: usualLimit, back: make(chan *parcel, parcels)}
	w.acked = w.answered // once: a method value made for each record would be allocated
	for range parcels {
		w.back <- nil
	}
	var err error
	w.client, err = s.cluster.dial(
		kgo.DefaultProduceTopic(s.topic),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		// Keys go where Kafka's own clients send them (murmur2).
		kgo.RecordPartitioner(kgo.UniformBytesPartitioner(64<<10, false, true, nil)),
		// Compression costs more than all the rest of a record's way through a job.
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytesFn(func(string) int32 { return w.limit }), // asked at the first record
		kgo.BrokerMaxWriteBytes(largest+(1<<20)),
		kgo.UnknownTopicRetries(8),                      // it was there when the writer was opened
		kgo.MaxBufferedRecords(parcels*parcelRecords+1), // never reached
	)
	return w, err
}

// Write copies records and sends them. It waits while too much is on its way.
func (w *writer) Write(ctx context.Context, records []connect.Record) error {
	if err := w.failed(); err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		if w.open == nil || !w.open.fits(r) {
			w.seal()
			p, err := w.empty(ctx)
			if err != nil {
				return err
			}
			p.reset(r)
			w.open = p
		}
		w.client.Produce(w.open, w.open.add(r), w.acked)
	}
	return nil
}

// seal sends the parcel that is being filled on its way, if there is one: no
// record is added to it any more.
func (w *writer) seal() {
	if p := w.open; p != nil {
		w.open = nil
		w.answer(p)
	}
}

// empty returns a parcel to fill, and waits for one.
func (w *writer) empty(ctx context.Context) (p *parcel, err error) {
	select {
	case p = <-w.back:
	default:
		err = w.await(ctx, func(ctx context.Context) error {
			select {
			case p = <-w.back:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}
	if p == nil && err == nil {
		p = &parcel{Context: context.Background()}
	}
	return p, err
}

// answered is called by the client for each record, once.
func (w *writer) answered(r *kgo.Record, err error) {
	if err != nil && w.failure.Load() == nil {
		refused := w.refused(r, err) // of its own: err would be allocated each time
		w.failure.CompareAndSwap(nil, &refused)
	}
	w.acks.Add(1)
	w.answer(r.Context.Value(parcelKey{}).(*parcel))
}

// answer takes one of the things off that a parcel waits for.
func (w *writer) answer(p *parcel) {
	if p.awaited.Add(-1) == 0 {
		w.back <- p // has room for all there are
	}
}

// refused says why a record was not written.
func (w *writer) refused(r *kgo.Record, err error) error {
	if errors.Is(err, kerr.MessageTooLarge) {
		return &fault.Error{
			What: fmt.Sprintf("a record of %d bytes is larger than topic %q takes, which is %d bytes with its headers", len(r.Key)+len(r.Value), w.sink.topic, w.limit),
			Do:   "raise max.message.bytes of the topic and what its readers fetch, or write smaller records", Incurable: true,
		}
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) || errors.Is(err, kerr.UnknownTopicID) {
		return &fault.Error{
			What: fmt.Sprintf("topic %q is gone, or was created again, while the job wrote to it", w.sink.topic), Err: err,
			Do: "if that was intended, start the job again",
		}
	}
	return fmt.Errorf("topic %q: %w", w.sink.topic, w.client.explain(err))
}

func (w *writer) failed() error {
	if err := w.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// Precommit waits until everything written is on every in-sync replica.
func (w *writer) Precommit(ctx context.Context, _ uint64) ([]connect.Committable, error) {
	w.seal()
	if err := w.await(ctx, w.client.Flush); err != nil {
		return nil, err
	}
	return nil, w.failed()
}

// await waits for something that the brokers' answers bring about, as long as
// they answer at all.
func (w *writer) await(ctx context.Context, something func(context.Context) error) error {
	for {
		acks := w.acks.Load()
		limited, cancel := context.WithTimeout(ctx, w.sink.silence)
		err := something(limited)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case w.failed() != nil:
			return w.failed()
		case w.acks.Load() == acks:
			return fmt.Errorf("topic %q, %d records without an answer for %v: %w",
				w.sink.topic, w.client.BufferedProduceRecords(), w.sink.silence, w.client.explain(err))
		}
	}
}

// Close gives up what was not pre-committed.
func (w *writer) Close() error {
	w.client.Close()
	return nil
}
