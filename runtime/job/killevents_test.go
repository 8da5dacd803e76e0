package job

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// planted makes events and counts them as they are made.
type planted struct {
	mu     sync.Mutex
	rng    *rand.Rand
	number int64          // of events so far: the N of the next
	panes  map[string]sum // what windows must come to
	late   map[int64]bool // events that must not be in any
	wished []time.Time    // late events to plant: before when their windows closed
	left   int            // events until the tail is over, -1: there is none yet
	done   chan struct{}  // the tail is over
}

func newPlanted(seed uint64) *planted {
	return &planted{
		rng: rand.New(rand.NewPCG(seed, 1)), panes: map[string]sum{}, late: map[int64]bool{},
		left: -1, done: make(chan struct{}),
	}
}

// next makes one event: a late one if one is wished for.
func (p *planted) next() event {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := event{Key: fmt.Sprintf("key-%d", p.rng.IntN(10)), N: p.number}
	p.number++
	if len(p.wished) > 0 {
		windows := int64(p.wished[0].Sub(noon()) / killWindow) // from noon on, all closed
		p.wished = p.wished[1:]
		e.At = noon().Add(time.Duration(p.rng.Int64N(windows * int64(killWindow))))
		p.late[e.N] = true
		return e
	}
	e.At = noon().Add(time.Duration(e.N)*10*time.Millisecond - time.Duration(p.rng.Int64N(int64(killDisorder))))
	if e.At.Before(noon()) {
		e.At = noon()
	}
	pane := e.Key + " " + e.At.Truncate(killWindow).Format(time.RFC3339)
	s := p.panes[pane]
	p.panes[pane] = sum{s.Events + 1, s.Sum + e.N}
	return e
}

// plant wishes for late events of windows that closed before a time.
func (p *planted) plant(n int, closed time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range n {
		p.wished = append(p.wished, closed)
	}
}

// tail lets n more events be produced, and waits for them.
func (p *planted) tail(n int) {
	p.mu.Lock()
	p.left = n
	p.mu.Unlock()
	<-p.done
}

// over says that the tail is, counting n events of it.
func (p *planted) over(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left < 0 {
		return false
	}
	p.left = max(0, p.left-n)
	return p.left == 0 && len(p.wished) == 0
}

// produce sends about a thousand events a second, until the tail is over.
func (p *planted) produce(ctx context.Context, t *testing.T, broker string) {
	defer close(p.done)
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0),
		kgo.UnknownTopicRetries(-1)) // the topic is as new as the test
	if err != nil {
		t.Error(err)
		return
	}
	defer client.Close()
	const some = 5
	pace := time.NewTicker(some * time.Millisecond)
	defer pace.Stop()
	for ; ctx.Err() == nil; <-pace.C {
		var records []*kgo.Record
		for range some {
			e := p.next()
			value, err := json.Marshal(e)
			if err != nil {
				t.Error(err)
				return
			}
			records = append(records, &kgo.Record{Topic: "events", Partition: int32(e.N % killPartition), Value: value})
		}
		if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
			t.Error(err)
			return
		}
		if p.over(some) {
			return
		}
	}
}
