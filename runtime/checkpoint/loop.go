package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

func newCoordinator(o Options) *Coordinator {
	c := &Coordinator{
		o: o, places: map[TaskID]int{}, done: make(chan struct{}),
		mail: mailbox{ready: make(chan struct{}, 1)}, waiting: map[int]chan answer{},
		protocol: newProtocol(o.rules()),
	}
	for i, t := range o.Tasks {
		c.places[t] = i
	}
	manifests := manifests{o.Store, o.Job}
	c.worker = worker{
		log:       &decisionLog{store: o.Store, job: o.Job, by: Owner{o.Host, o.PID, o.Version}, now: o.Now},
		manifests: manifests, committer: o.Committer, fits: o.Fits,
	}
	c.sweeper = sweeper{store: o.Store, manifests: manifests}
	c.stats.Store(&jobapi.CheckpointStats{})
	return c
}

// message is something that happened.
type message func(p *protocol, now time.Time)

// mailbox takes messages without ever making the sender wait.
type mailbox struct {
	mu    sync.Mutex
	kept  []message
	ready chan struct{} // holds a token while there may be messages
}

func (m *mailbox) post(x message) {
	m.mu.Lock()
	m.kept = append(m.kept, x)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []message {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.kept
	m.kept = nil
	return all
}

// loop feeds the protocol and does what it says, until ctx is done, until the
// protocol is over, or until enough. When it returns no errand is under way.
func (c *Coordinator) loop(ctx context.Context, enough func() bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer c.work.Wait()
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	p := c.protocol
	for {
		// Before anyone is answered: who was told of a checkpoint sees it counted.
		stats, reason := p.stats, p.lastReason()
		c.stats.Store(&stats)
		c.reason.Store(&reason)
		for _, a := range p.take() {
			c.do(ctx, a)
		}
		switch {
		case p.phase == phaseOver:
			return p.err
		case enough():
			return nil
		}
		timer.Stop()
		if due := p.due(); !due.IsZero() {
			timer.Reset(due.Sub(c.o.Now()))
		}
		select {
		case <-ctx.Done():
			return c.interrupted(ctx)
		case <-timer.C:
			p.tick(c.o.Now())
		case <-c.mail.ready:
			for _, m := range c.mail.take() {
				m(p, c.o.Now())
			}
		}
	}
}

// interrupted ends the protocol because nobody wants it to go on.
func (c *Coordinator) interrupted(ctx context.Context) error {
	err := context.Cause(ctx)
	if reason := c.protocol.lastReason(); reason != nil {
		err = fmt.Errorf("%w (%w)", err, reason)
	}
	c.protocol.fail(err)
	for _, a := range c.protocol.take() {
		c.do(ctx, a)
	}
	return err
}

// do does one action; errands are done beside the loop.
func (c *Coordinator) do(ctx context.Context, a action) {
	switch a := a.(type) {
	case triggerTasks:
		c.o.Participant.Trigger(a.checkpoint)
	case cancelTasks:
		c.o.Participant.Cancel(a.checkpoint)
	case answer:
		if w, ok := c.waiting[a.request]; ok {
			w <- a // has room
			delete(c.waiting, a.request)
		}
	case completed:
		level := slog.LevelDebug
		if a.checkpoint.Savepoint {
			level = slog.LevelInfo
		}
		c.o.Log.Log(ctx, level, "checkpoint completed", "checkpoint", a.checkpoint.Number, "savepoint", a.checkpoint.Savepoint,
			"bytes", a.checkpoint.Bytes, "took", a.took)
	case gaveUp:
		c.o.Log.Warn("checkpoint abandoned", "checkpoint", a.checkpoint, "reason", a.reason)
	case retrying:
		c.o.Log.Warn(a.what+"; it is tried again", "error", a.err)
	case tookBack:
		c.o.Log.Warn("a decided checkpoint is taken back", "reason", a.err)
	case sweepStore:
		c.work.Go(func() {
			deleted, err := c.sweeper.sweep(ctx, &a.declared)
			if err != nil && ctx.Err() == nil {
				c.o.Log.Warn("what is dead in the checkpoint store cannot all be deleted; it is tried again later", "deleted", deleted, "error", err)
			}
			c.mail.post((*protocol).swept)
		})
	default:
		c.work.Go(func() { c.mail.post(c.worker.run(ctx, a)) })
	}
}

// ended says that Run has returned, and why if that was no wish.
func (c *Coordinator) ended() error {
	if err := c.protocol.err; err != nil {
		return fmt.Errorf("checkpoints have ended: %w", err)
	}
	return errors.New("checkpoints have ended")
}

// ask waits for a savepoint or the final checkpoint.
func (c *Coordinator) ask(ctx context.Context, final bool) (uint64, error) {
	id := int(c.requests.Add(1))
	answered := make(chan answer, 1)
	c.mail.post(func(p *protocol, now time.Time) {
		c.waiting[id] = answered
		p.ask(now, request{id, final})
	})
	select {
	case a := <-answered:
		return a.number, a.err
	case <-c.done:
		// Perhaps it was answered just before.
		select {
		case a := <-answered:
			return a.number, a.err
		default:
			return 0, c.ended()
		}
	case <-ctx.Done():
		c.mail.post(func(p *protocol, _ time.Time) {
			delete(c.waiting, id)
			p.withdraw(id)
		})
		err := context.Cause(ctx)
		if reason := *c.reason.Load(); reason != nil {
			err = fmt.Errorf("%w (%w)", err, reason)
		}
		return 0, err
	}
}
