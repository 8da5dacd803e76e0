package kafka

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// look is where the log of a partition was found to end.
type look struct {
	partition int32
	end       int64 // the high watermark
}

// lookout asks from time to time where the partitions of a reader end: that is
// how a reader knows that it has read everything. What a fetch says of the end
// does not tell, because it may have waited in a buffer for long; and a fetch
// that brings nothing may have been held back behind an open transaction.
//
// It looks on while nobody polls (the job is paused, or slow), so that the first
// Poll afterwards learns first that partitions which were idle are so no more.
type lookout struct {
	client *client
	topic  string
	stop   context.CancelFunc
	done   chan struct{}

	mu         sync.Mutex
	partitions []int32
	news       []look // of the newest look
	err        error  // that no other look will cure
	interrupt  context.CancelFunc
}

func watch(c *client, s *source) *lookout {
	ctx, stop := context.WithCancel(context.Background())
	l := &lookout{client: c, topic: s.topic, stop: stop, done: make(chan struct{}), interrupt: func() {}}
	go l.run(ctx, s.every)
	return l
}

func (l *lookout) run(ctx context.Context, every time.Duration) {
	defer close(l.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l.mu.Lock()
		partitions := slices.Clone(l.partitions)
		l.mu.Unlock()
		if len(partitions) == 0 {
			continue
		}
		ends, err := l.client.places(ctx, l.topic, partitions, logEnd, everything)
		l.mu.Lock()
		l.news = nil
		if fault.Incurable(err) {
			l.err = err
		}
		for _, p := range slices.Sorted(maps.Keys(ends)) {
			l.news = append(l.news, look{p, ends[p].offset})
		}
		l.interrupt()
		l.mu.Unlock()
	}
}

// at adds partitions to look at.
func (l *lookout) at(partitions []int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partitions = append(l.partitions, partitions...)
}

// seen is what was seen since the last call, if it still holds.
func (l *lookout) seen() []look {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := l.news
	l.news = nil
	return news
}

// failure is why looking is of no use any more.
func (l *lookout) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// interrupts returns a context that ends when there is news.
func (l *lookout) interrupts(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interrupt = cancel
	if l.news != nil || l.err != nil {
		cancel()
	}
	return ctx, cancel
}

// close ends looking.
func (l *lookout) close() {
	l.stop()
	<-l.done
}
