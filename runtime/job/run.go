package job

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/stream"
)

// run is the verb: it returns the exit code when the job is over.
func (h host) run(f flags, build func(*stream.Graph) error) int {
	told, release := watchSignals(h.signals(), h.exit)
	defer release()
	p := newProcess(h, f)
	defer p.close()
	if err := p.open(); err != nil {
		// Without port and status file nobody could ask why it stays: it ends.
		p.onFault = exit
		return p.over(told, nil, judge(preparing, err, ""))
	}
	plan, err := p.prepare(told, build)
	if err != nil {
		return p.over(told, plan, judge(preparing, err, ""))
	}
	return p.over(told, plan, p.work(told, plan))
}

// work runs the engine to its end.
func (p *process) work(told context.Context, plan *plan) outcome {
	// The engine outlives the first signal, because it has a final checkpoint to
	// take; only its start is cut short by it.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	started := context.AfterFunc(told, cancel)
	job, err := engine.Start(ctx, plan.graph, plan.options)
	if !started() {
		if err == nil {
			cancel()
			_ = job.Wait()
		}
		return judge(working, context.Cause(told), "")
	}
	if err != nil {
		return judge(working, err, "")
	}
	p.board.engine(job.Status)
	p.board.enter(jobapi.Running, "")
	s := p.board.status()
	p.log.Info("running", "generation", s.Generation, "restored", s.Restored, "after", s.Now.Sub(s.Started).Round(time.Millisecond).String())

	supervisor := newSupervisor(job, p.board, plan.options.CheckpointTimeout)
	control := p.controller(plan)
	control.job = supervisor
	unheard := listening(control)
	stopped, err := supervisor.watch(told)
	unheard()
	if err != nil {
		// What failed to end in time ends now.
		cancel()
	}
	return judge(working, err, stopped)
}

// over makes the end known, stays if it must, and returns the exit code.
func (p *process) over(told context.Context, plan *plan, o outcome) int {
	p.ended(o)
	if p.stays(o) {
		p.linger(told, plan, o)
	}
	p.report.summary(p.board.status())
	return o.code
}

// linger keeps a failed process up until it is told to stop, by signal or by
// the control record.
func (p *process) linger(told context.Context, plan *plan, o outcome) {
	told, cancel := context.WithCancel(told)
	defer cancel()
	if plan != nil && plan.options.Store != nil {
		control := p.controller(plan)
		control.failed, control.end = o.err, cancel
		defer listening(control)()
	}
	<-told.Done()
}

// controller makes what listens to the control record.
func (p *process) controller(plan *plan) *controller {
	read := fromStore(plan.options.Store, jobapi.ControlName)
	if p.control != "" {
		read = fromFile(p.control)
	}
	return &controller{
		read:    read,
		store:   plan.options.Store,
		sources: slices.Sorted(maps.Keys(plan.options.Sources)),
		timeout: plan.options.CheckpointTimeout,
		log:     p.log,
		now:     p.now,
	}
}

// listening starts a controller and returns what ends it: it then waits for the
// answer to a record that is being carried out, but not for ever.
func listening(c *controller) func() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.run(ctx)
	}()
	return func() {
		cancel()
		select {
		case <-done:
		case <-time.After(answerTime):
			c.log.Warn("a control record is left unanswered: the store does not take the answer")
		}
	}
}
