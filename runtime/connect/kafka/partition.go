package kafka

import (
	"math"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/runtime/connect"
)

// most is how many records one Poll hands over: enough to make the call cheap,
// few enough for what was just copied to be in the cache when it is decoded.
const most = 1024

// noLimit is the limit of a partition that is read without end.
const noLimit = math.MaxInt64

// partition is where the reader is in one partition.
type partition struct {
	id     string // of the split
	number int32
	topic  string // its id
	epoch  int32  // leader epoch that the split's identity has, -1 none
	// next is the position after everything that was handed over or, as markers
	// of transactions are, passed over.
	next  int64
	limit int64
	end   int64 // the newest high watermark that is known, -1 none
	idle  bool  // as it was last reported
	ended bool
}

// take hands records over until f is full or the limit is reached, and returns
// what is left.
func (p *partition) take(records []*kgo.Record, f *connect.Fetch) []*kgo.Record {
	for i, r := range records {
		if r.Offset >= p.limit {
			p.next = p.limit
			break
		}
		if r.Attrs.IsControl() {
			p.next = r.Offset + 1
			continue
		}
		if len(f.Records) == most {
			return records[i:]
		}
		if r.LeaderEpoch > p.epoch {
			// Of all of f, also of its records before this one: asked for the end of
			// an epoch, a broker answers with that of the newest up to it, so a newer
			// one than a record's own finds a cut below that record just as well.
			p.epoch = r.LeaderEpoch
			f.Identity = identity(p.topic, p.epoch)
		}
		f.Records = append(f.Records, connect.Record{
			Key: r.Key, Value: r.Value, Time: r.Timestamp.UnixNano(), Offset: r.Offset, Headers: headersOf(r),
		})
		p.next = r.Offset + 1
	}
	return nil
}

func headersOf(r *kgo.Record) []connect.Header {
	if len(r.Headers) == 0 {
		return nil
	}
	headers := make([]connect.Header, len(r.Headers))
	for i, h := range r.Headers {
		headers[i] = connect.Header{Key: h.Key, Value: h.Value}
	}
	return headers
}

// report fills what f says besides records.
func (p *partition) report(f *connect.Fetch) {
	f.Split, f.Next = p.id, p.next
	if p.next >= p.limit {
		p.ended = true
	}
	f.Ended = p.ended
	p.idle = f.Idle
	f.Lag = -1
	if p.end >= 0 {
		f.Lag = max(0, p.end-p.next)
	}
}
