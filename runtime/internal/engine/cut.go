package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/state"
)

// Cut is what one task holds at a barrier, as its operators add to it.
type Cut struct {
	Checkpoint uint64
	task       *Task
	snapshot   checkpoint.TaskSnapshot
	frozen     []frozenState
}

type frozenState struct {
	operator          string
	watermark, window int64
	state             *state.Frozen
}

func newCut(t *Task, n uint64) *Cut {
	return &Cut{Checkpoint: n, task: t, snapshot: checkpoint.TaskSnapshot{
		Sources:      map[string][]checkpoint.SplitState{},
		Operators:    map[string]checkpoint.OperatorSnapshot{},
		Committables: map[string][]json.RawMessage{},
		Ended:        t.ended,
	}}
}

// splits adds where a source is.
func (c *Cut) splits(source string, states []checkpoint.SplitState) {
	c.snapshot.Sources[source] = append(c.snapshot.Sources[source], states...)
}

// keyed adds the state of an operator, to be written after the barrier.
func (c *Cut) keyed(operator string, watermark, window int64, s *state.Subtask) error {
	frozen, err := s.Freeze(c.Checkpoint)
	if err != nil {
		return fmt.Errorf("state of %q at checkpoint %d: %w", operator, c.Checkpoint, err)
	}
	c.frozen = append(c.frozen, frozenState{operator, watermark, window, frozen})
	return nil
}

// precommitted adds what a sink needs to commit.
func (c *Cut) precommitted(sink string, all []connect.Committable) error {
	for _, one := range all {
		data, err := json.Marshal(one)
		if err != nil {
			return fmt.Errorf("committable of sink %q: %w", sink, err)
		}
		c.snapshot.Committables[sink] = append(c.snapshot.Committables[sink], data)
	}
	return nil
}

// finish writes the frozen state and acknowledges the checkpoint. It runs
// beside the task, which goes on with events.
func (c *Cut) finish(ctx context.Context) {
	r, t := c.task.run, c.task
	c.carry(t.unsaid)
	t.unsaid = nil
	for _, f := range c.frozen {
		snapshot, err := f.state.Write(ctx, r.o.Store, r.checkpoints.FilePrefix(c.Checkpoint, t.id))
		if err != nil {
			t.unsaid = c.snapshot.Committables
			r.checkpoints.Decline(c.Checkpoint, t.id, fmt.Errorf("state of %q: %w", f.operator, err))
			return
		}
		snapshot.Watermark, snapshot.Window = f.watermark, f.window
		c.snapshot.Operators[f.operator] = snapshot
	}
	r.checkpoints.Ack(c.Checkpoint, t.id, c.snapshot)
}

// carry adds the pre-commits of a cut before this one that was declined after
// it had been taken. Their rows will not be written again.
func (c *Cut) carry(committables map[string][]json.RawMessage) {
	for sink, all := range committables {
		c.snapshot.Committables[sink] = append(all, c.snapshot.Committables[sink]...)
	}
}

// finish completes a cut beside the task that took it. Cuts of one task are
// completed in their order: a slow one whose checkpoint was given up still has
// pre-commits to bring, which must not miss the checkpoint after it.
func (r *Run) finish(c *Cut) {
	t := c.task
	before, done := t.finishing, make(chan struct{})
	t.finishing = done
	complete := func() {
		<-before
		c.finish(r.ctx)
		close(done)
	}
	select {
	case <-before:
		if len(c.frozen) == 0 { // nothing to write: not worth a goroutine
			complete()
			return
		}
	default:
	}
	r.work.Go(complete)
}
