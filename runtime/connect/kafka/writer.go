package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// What a writer may have on its way: it bounds memory, and it bounds how long a
// pre-commit has to wait.
const (
	parcels       = 32
	parcelRecords = 512
	parcelBytes   = 256 << 10 // a larger record travels alone
)

// writer sends records without waiting for each. Records travel in parcels; a
// writer that has sent all of its parcels waits for one to come back.
type writer struct {
	sink   *sink
	client *client
	limit  int32 // bytes of a record that the topic takes

	back  chan *parcel // parcels to fill; nil: not made yet
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

// parcel is a copy of some records on their way. It comes back when the brokers
// have answered for all of them.
type parcel struct {
	context.Context // how an answer finds the parcel of its record
	bytes           []byte
	records         [parcelRecords]kgo.Record
	unanswered      atomic.Int32
}

// parcelKey is the key of a parcel in its own context.
type parcelKey struct{}

func (p *parcel) Value(key any) any {
	if key == (parcelKey{}) {
		return p
	}
	return p.Context.Value(key)
}

// Write copies records and sends them. It waits while too much is on its way.
func (w *writer) Write(ctx context.Context, records []connect.Record) error {
	for len(records) > 0 {
		if err := w.failed(); err != nil {
			return err
		}
		p, err := w.empty(ctx)
		if err != nil {
			return err
		}
		n := p.fill(records)
		records = records[n:]
		p.unanswered.Store(int32(n))
		for i := range n {
			w.client.Produce(p, &p.records[i], w.acked)
		}
	}
	return nil
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

// fill copies as many records as fit, at least one, and returns their number.
func (p *parcel) fill(records []connect.Record) int {
	n, size := 0, 0
	for n < min(len(records), parcelRecords) {
		more := len(records[n].Key) + len(records[n].Value)
		if n > 0 && size+more > parcelBytes {
			break
		}
		n, size = n+1, size+more
	}
	if cap(p.bytes) < size {
		p.bytes = make([]byte, 0, max(size, min(parcelBytes, 2*size)))
	}
	bytes := p.bytes[:0]
	keep := func(b []byte) []byte {
		if b == nil {
			return nil // a missing key, or a tombstone
		}
		at := len(bytes)
		bytes = append(bytes, b...)
		return bytes[at:len(bytes):len(bytes)]
	}
	for i := range n {
		from, to := &records[i], &p.records[i]
		*to = kgo.Record{Key: keep(from.Key), Value: keep(from.Value), Context: p, Headers: to.Headers[:0]}
		if from.Time != 0 {
			to.Timestamp = time.Unix(0, from.Time)
		}
		for _, h := range from.Headers {
			to.Headers = append(to.Headers, kgo.RecordHeader{Key: h.Key, Value: append([]byte(nil), h.Value...)})
		}
	}
	return n
}

// answered is called by the client for each record, once.
func (w *writer) answered(r *kgo.Record, err error) {
	if err != nil && w.failure.Load() == nil {
		refused := w.refused(r, err) // of its own: err would be allocated each time
		w.failure.CompareAndSwap(nil, &refused)
	}
	w.acks.Add(1)
	p := r.Context.Value(parcelKey{}).(*parcel)
	if p.unanswered.Add(-1) > 0 {
		return
	}
	if cap(p.bytes) > parcelBytes {
		p.bytes = nil // what one huge record needed is not kept
	}
	w.back <- p // has room for all there are
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
