package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spaas/spaas/runtime/connect"
)

// pump is the goroutine that owns a connector's reader, so that a task can
// inject barriers while the reader waits for records. It hands over one fetch
// and polls again only when that was given back.
type pump struct {
	source string
	reader connect.Reader
	out    chan arrival
	back   chan struct{}
	stop   context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	asked []request
	// interrupt ends the Poll that is under way, so that what was asked is done.
	interrupt context.CancelFunc
	poked     chan struct{} // has room for one: something was asked
}

// request is something to do between two polls.
type request struct {
	splits []connect.Split
	limits map[string]int64
}

func startPump(source string, reader connect.Reader) *pump {
	ctx, stop := context.WithCancel(context.Background())
	p := &pump{
		source: source, reader: reader, out: make(chan arrival), back: make(chan struct{}, 1),
		stop: stop, done: make(chan struct{}), interrupt: func() {}, poked: make(chan struct{}, 1),
	}
	go p.run(ctx)
	return p
}

// ask hands a request to the pump without waiting for it.
func (p *pump) ask(r request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r)
	p.interrupt()
	select {
	case p.poked <- struct{}{}:
	default:
	}
}

// close ends the goroutine and the reader.
func (p *pump) close() error {
	p.stop()
	err := p.reader.Close()
	<-p.done
	if err != nil {
		return fmt.Errorf("source %q: %w", p.source, err)
	}
	return nil
}

func (p *pump) run(ctx context.Context) {
	defer close(p.done)
	var fetch connect.Fetch
	assigned := 0    // requests with splits
	reading := false // there are splits that have not ended
	for ctx.Err() == nil {
		poll, n, err := p.obey(ctx)
		assigned += n
		reading = reading || n > 0
		if err == nil && !reading {
			select {
			case <-p.poked:
			case <-ctx.Done():
			}
			continue
		}
		if err == nil {
			fetch = connect.Fetch{Records: fetch.Records[:0], Lag: -1}
			err = p.reader.Poll(poll, &fetch)
		}
		a := arrival{fetch: &fetch}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			a, reading = arrival{ended: assigned}, false
		case errors.Is(err, poll.Err()): // which is nil unless it was interrupted
			continue
		default:
			a = arrival{err: fmt.Errorf("source %q: %w", p.source, err)}
		}
		select {
		case p.out <- a:
		case <-ctx.Done():
			return
		}
		if a.err != nil {
			return
		}
		if a.fetch != nil {
			select {
			case <-p.back:
			case <-ctx.Done():
			}
		}
	}
}

// obey does what was asked. It returns the context of the next Poll and how many
// requests had splits.
func (p *pump) obey(ctx context.Context) (poll context.Context, assigned int, err error) {
	p.mu.Lock()
	asked := p.asked
	p.asked = nil
	var interrupt context.CancelFunc
	poll, interrupt = context.WithCancel(ctx)
	p.interrupt()
	p.interrupt = interrupt
	p.mu.Unlock()
	for _, r := range asked {
		if len(r.splits) > 0 {
			// Not with the context of the Poll: interrupting it must not lose splits.
			if err := p.reader.Assign(ctx, r.splits); err != nil {
				return poll, assigned, err
			}
			assigned++
		}
		if r.limits != nil {
			if err := p.reader.SetLimits(r.limits); err != nil {
				return poll, assigned, err
			}
		}
	}
	return poll, assigned, nil
}
