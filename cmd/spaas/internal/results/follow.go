package results

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Result is one record that a job wrote to a sink.
type Result struct {
	Sink       string
	Key, Value []byte
}

// Follower reads the topics of sinks from where they end when it is made. Only
// committed records count.
type Follower struct {
	client *kgo.Client
	admin  *kadm.Client
	sinks  map[string][]string // names by topic
	tell   func([]Result)
	end    context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	next kadm.Offsets // by topic and partition: where reading goes on
	more *sync.Cond   // next has moved, or reading has ended
	err  error        // why reading ended
}

// Follow starts reading the topics of sinks, given by name of the sink. dial
// makes the client. tell is called with every batch of results, by one goroutine
// at a time.
func Follow(ctx context.Context, dial func(...kgo.Opt) (*kgo.Client, error), topics map[string]string, tell func([]Result)) (*Follower, error) {
	f := &Follower{sinks: map[string][]string{}, tell: tell, next: kadm.Offsets{}, done: make(chan struct{})}
	f.more = sync.NewCond(&f.mu)
	var names []string
	for sink, topic := range topics {
		if f.sinks[topic] == nil {
			names = append(names, topic)
		}
		f.sinks[topic] = append(f.sinks[topic], sink)
	}
	var err error
	f.client, err = dial(
		// Markers of transactions stand between records: without them it would
		// never be known that all before an end was read.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
	)
	if err != nil {
		return nil, err
	}
	f.admin = kadm.NewClient(f.client)
	ends, err := f.ends(ctx, names)
	if err != nil {
		f.client.Close()
		return nil, fmt.Errorf("where the topics of the sinks end: %w", err)
	}
	f.next = ends
	f.client.AddConsumePartitions(ends.KOffsets())
	ctx, f.end = context.WithCancel(context.WithoutCancel(ctx))
	go f.read(ctx)
	return f, nil
}

// ends is where topics end now, as who reads committed records sees it.
func (f *Follower) ends(ctx context.Context, topics []string) (kadm.Offsets, error) {
	if len(topics) == 0 {
		return kadm.Offsets{}, nil // none would mean all
	}
	listed, err := f.admin.ListCommittedOffsets(ctx, topics...)
	if err == nil {
		err = listed.Error()
	}
	return listed.Offsets(), err
}

// read polls until ctx is done.
func (f *Follower) read(ctx context.Context) {
	defer close(f.done)
	for {
		fetches := f.client.PollFetches(ctx)
		if ctx.Err() != nil || fetches.IsClientClosed() {
			f.moved(nil, ctx.Err())
			return
		}
		if err := fetches.Err(); err != nil {
			f.moved(nil, err)
			return
		}
		var results []Result
		var last []*kgo.Record
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			for _, r := range p.Records {
				if !r.Attrs.IsControl() {
					for _, sink := range f.sinks[r.Topic] {
						results = append(results, Result{Sink: sink, Key: r.Key, Value: r.Value})
					}
				}
			}
			if n := len(p.Records); n > 0 {
				last = append(last, p.Records[n-1])
			}
		})
		if len(results) > 0 {
			f.tell(results)
		}
		f.moved(last, nil)
	}
}

// moved notes the last records that were read.
func (f *Follower) moved(last []*kgo.Record, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range last {
		f.next[r.Topic][r.Partition] = kadm.Offset{Topic: r.Topic, Partition: r.Partition, At: r.Offset + 1}
	}
	if err != nil {
		f.err = err
	}
	f.more.Broadcast()
}

// CatchUp returns when everything that is in the topics now was told.
func (f *Follower) CatchUp(ctx context.Context) error {
	var topics []string
	for topic := range f.sinks {
		topics = append(topics, topic)
	}
	ends, err := f.ends(ctx, topics)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { f.moved(nil, nil) })()
	f.mu.Lock()
	defer f.mu.Unlock()
	for !f.reached(ends) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.err != nil {
			return f.err
		}
		f.more.Wait()
	}
	return nil
}

func (f *Follower) reached(ends kadm.Offsets) bool {
	all := true
	ends.Each(func(end kadm.Offset) {
		if at, ok := f.next.Lookup(end.Topic, end.Partition); !ok || at.At < end.At {
			all = false
		}
	})
	return all
}

// Close ends the reading.
func (f *Follower) Close() {
	f.end()
	f.client.Close()
	<-f.done
}
