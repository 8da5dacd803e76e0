package kafka

import (
	"context"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/runtime/connect"
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
	r.pending = nil // of what was read nothing is kept alive
	return false
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

// Close ends the reader; a Poll that waits returns.
func (r *reader) Close() error {
	r.lookout.close()
	r.client.Close()
	return nil
}
