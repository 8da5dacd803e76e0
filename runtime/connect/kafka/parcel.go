package kafka

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/runtime/connect"
)

// What a writer may have on its way: it bounds memory, and it bounds how long a
// pre-commit has to wait.
const (
	parcels       = 32
	parcelRecords = 512
	parcelBytes   = 256 << 10 // a larger record travels alone
)

// parcel is a copy of some records on their way. It comes back when it is sealed
// and the brokers have answered for all of them.
type parcel struct {
	context.Context // how an answer finds the parcel of its record
	bytes           []byte
	records         [parcelRecords]kgo.Record
	used            int          // of records
	awaited         atomic.Int32 // answers, and the seal
}

// parcelKey is the key of a parcel in its own context.
type parcelKey struct{}

func (p *parcel) Value(key any) any {
	if key == (parcelKey{}) {
		return p
	}
	return p.Context.Value(key)
}

// size is what a record needs of a parcel's bytes.
func size(r *connect.Record) int { return len(r.Key) + len(r.Value) }

// reset empties a parcel for a first record, whatever its size. What a huge
// record needed is not kept for small ones.
func (p *parcel) reset(first *connect.Record) {
	if n := max(parcelBytes, size(first)); cap(p.bytes) != n {
		p.bytes = make([]byte, 0, n)
	}
	p.bytes, p.used = p.bytes[:0], 0
	p.awaited.Store(1)
}

// fits says whether there is room for another record.
func (p *parcel) fits(r *connect.Record) bool {
	return p.used < parcelRecords && len(p.bytes)+size(r) <= cap(p.bytes)
}

// add copies a record that fits.
func (p *parcel) add(from *connect.Record) *kgo.Record {
	to := &p.records[p.used]
	p.used++
	p.awaited.Add(1)
	*to = kgo.Record{Key: p.keep(from.Key), Value: p.keep(from.Value), Context: p, Headers: to.Headers[:0]}
	if from.Time != 0 {
		to.Timestamp = time.Unix(0, from.Time)
	}
	for _, h := range from.Headers {
		to.Headers = append(to.Headers, kgo.RecordHeader{Key: h.Key, Value: append([]byte(nil), h.Value...)})
	}
	return to
}

// keep copies bytes. None stay none: a missing key, or a tombstone.
func (p *parcel) keep(b []byte) []byte {
	if b == nil {
		return nil
	}
	at := len(p.bytes)
	p.bytes = append(p.bytes, b...)
	return p.bytes[at:len(p.bytes):len(p.bytes)]
}
