package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// errOver is the cause with which a run ends that did all it was asked to.
var errOver = errors.New("the run is over")

// Run is one generation of a job: a graph at work. Its exported methods are
// safe for concurrent use.
type Run struct {
	o     Options
	graph *Graph

	// ctx is done when the run ends; its cause says why.
	ctx context.Context
	end context.CancelCauseFunc
	// work counts every goroutine of the run; done is closed when all have ended.
	work sync.WaitGroup
	done chan struct{}

	checkpoints coordinator
	restored    *checkpoint.Manifest // nil: the first start

	tasks   []*Task
	places  []*place
	sources []*sourceRun

	silence silence
	last    chan struct{} // holds one token: the right to take the final checkpoint

	mu    sync.Mutex
	ended int // tasks whose input has ended
}

// coordinator is what a run needs of checkpoint.Coordinator.
type coordinator interface {
	Run(ctx context.Context) error
	Term() uint64
	Generation() uint64
	FilePrefix(n uint64, task checkpoint.TaskID) string
	Ack(n uint64, task checkpoint.TaskID, s checkpoint.TaskSnapshot)
	Decline(n uint64, task checkpoint.TaskID, reason error)
	Savepoint(ctx context.Context) (uint64, error)
	Final(ctx context.Context) (uint64, error)
	Status() jobapi.CheckpointStats
}

// Start builds the tasks of a graph, restores them from the newest checkpoint
// in the store and sets them to work. The run ends when all its input has
// ended, when Stop or Drain are asked for it, when ctx is done or when anything
// fails; Wait says which. When Start returns an error nothing is left running.
func Start(ctx context.Context, g *Graph, o Options) (*Run, error) {
	r := newRun(ctx, g, o)
	for _, step := range []func() error{r.build, r.coordinate, r.load} {
		if err := step(); err != nil {
			return nil, r.failedStart(err)
		}
	}
	r.setToWork()
	return r, nil
}

func newRun(ctx context.Context, g *Graph, o Options) *Run {
	r := &Run{o: o.withDefaults(), graph: g, done: make(chan struct{}), last: make(chan struct{}, 1)}
	r.last <- struct{}{}
	r.ctx, r.end = context.WithCancelCause(ctx)
	return r
}

// coordinate finds the checkpoint to restore.
func (r *Run) coordinate() error {
	var ids []checkpoint.TaskID
	for _, t := range r.tasks {
		ids = append(ids, t.id)
	}
	var err error
	r.checkpoints, r.restored, err = checkpoint.Start(r.ctx, checkpoint.Options{
		Store: r.o.Store, Job: r.o.deployment(), Version: r.o.Version,
		Graph: r.graph.Fingerprint, KeyGroups: r.o.KeyGroups, Parallelism: r.o.Parallelism,
		Every: r.o.CheckpointEvery, Timeout: r.o.CheckpointTimeout, MinPause: r.o.CheckpointPause,
		MaxFailures: r.o.CheckpointFailures, Keep: r.o.Keep,
		Tasks: ids, Participant: participant{r}, Committer: committer{r}, Fits: r.fits, Now: r.o.Now, Log: r.o.Log,
	})
	return err
}

// load does what is left before the first event: it deals the splits, restores
// state and opens readers and writers.
func (r *Run) load() error {
	if r.restored != nil && r.restored.Ended {
		r.o.Log.Warn("all input had ended at this checkpoint: there is nothing left to do", "checkpoint", r.restored.Checkpoint)
	}
	for _, s := range r.sources {
		if err := s.deal(r.ctx); err != nil {
			return err
		}
	}
	return r.openTasks()
}

// build makes the tasks and operators.
func (r *Run) build() error {
	b := &Build{
		run: r, parallelism: r.o.Parallelism, groups: r.o.KeyGroups, rows: r.o.Rows, writers: map[string]int{},
	}
	if r.o.Parallelism > r.o.KeyGroups {
		b.fault(&fault.Error{
			What: fmt.Sprintf("parallelism %d is above the number of key groups, %d", r.o.Parallelism, r.o.KeyGroups),
			Do:   "lower resources.parallelism; state.key_groups is fixed by the first checkpoint", Incurable: true,
		})
		return b.faults.Err()
	}
	for _, name := range r.graph.Names(KindSink) {
		if r.o.Sinks[name].Sink == nil {
			b.fault(fmt.Errorf("sink %q has no connector", name))
		}
	}
	for _, name := range r.graph.Names(KindSource) {
		if r.o.Sources[name].Source == nil {
			b.fault(fmt.Errorf("source %q has no connector", name))
		}
	}
	if len(b.faults) > 0 {
		return b.faults
	}
	for _, root := range r.graph.roots {
		root(b)
	}
	return b.faults.Err()
}

// openTasks restores state and opens readers and writers, each task beside the others.
func (r *Run) openTasks() error {
	errs := make([]error, len(r.tasks))
	var opening sync.WaitGroup
	for i, t := range r.tasks {
		opening.Go(func() { errs[i] = t.openAll(r.ctx) })
	}
	opening.Wait()
	var faults fault.List
	said := map[string]bool{} // most of what goes wrong goes wrong in every subtask
	for _, err := range errs {
		if err != nil && !said[err.Error()] {
			said[err.Error()] = true
			faults = append(faults, err)
		}
	}
	return faults.Err()
}

// failedStart frees what a start that failed has opened.
func (r *Run) failedStart(err error) error {
	r.end(err)
	for _, t := range r.tasks {
		if err := t.close(); err != nil {
			r.o.Log.Warn("an error after a start that failed", "error", err)
		}
	}
	return err
}

// setToWork starts the goroutines.
func (r *Run) setToWork() {
	for _, t := range r.tasks {
		r.work.Go(func() { r.failed(t.start(r.ctx)) })
	}
	r.work.Go(func() { r.failed(r.checkpoints.Run(r.ctx)) })
	for _, s := range r.sources {
		if s.discovers() {
			r.work.Go(func() { r.failed(s.discoverMore(r.ctx)) })
		}
	}
	go func() {
		<-r.ctx.Done()
		r.work.Wait()
		close(r.done)
	}()
}

// failed ends the run with an error, unless it has ended already: what breaks
// because the run ends is not why it ends.
func (r *Run) failed(err error) {
	if err == nil {
		return
	}
	if r.ctx.Err() != nil {
		if !errors.Is(err, context.Canceled) {
			r.o.Log.Warn("an error after the end of the run", "error", err)
		}
		return
	}
	r.end(err)
}

// Wait returns when the run is over and none of its goroutines is left: nil
// when all input had ended or it was stopped, otherwise the cause.
func (r *Run) Wait() error {
	<-r.done
	if r.over() {
		return nil
	}
	return context.Cause(r.ctx)
}

// taskEnded counts the tasks whose input has ended. With the last of them
// nothing remains to be done but a final checkpoint.
func (r *Run) taskEnded() {
	r.mu.Lock()
	r.ended++
	all := r.ended == len(r.tasks)
	r.mu.Unlock()
	if all {
		r.work.Go(func() { r.failed(r.final(r.ctx)) })
	}
}

func (r *Run) generation() uint64 { return r.checkpoints.Generation() }

// restoredState is the state of an operator in the checkpoint that was restored.
func (r *Run) restoredState(operator string) []checkpoint.OperatorSnapshot {
	if r.restored == nil {
		return nil
	}
	return r.restored.Operators[operator]
}
