package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

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
	operator  string
	watermark int64
	state     *state.Frozen
}

func newCut(t *Task, n uint64) *Cut {
	return &Cut{Checkpoint: n, task: t, snapshot: checkpoint.TaskSnapshot{
		Sources:      map[string][]checkpoint.SplitState{},
		Operators:    map[string]checkpoint.OperatorSnapshot{},
		Committables: t.unsaid.take(),
		Ended:        t.ended,
	}}
}

// unsaid are pre-commits of cuts that the coordinator was never told of,
// because the state beside them could not be written. The rows in them will not
// be written again, so they travel on in the next cut of the task.
type unsaid struct {
	mu  sync.Mutex
	all map[string][]json.RawMessage // by sink
}

func (u *unsaid) take() map[string][]json.RawMessage {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.all
	u.all = nil
	if all == nil {
		all = map[string][]json.RawMessage{}
	}
	return all
}

func (u *unsaid) add(all map[string][]json.RawMessage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil {
		u.all = map[string][]json.RawMessage{}
	}
	for sink, committables := range all {
		u.all[sink] = append(u.all[sink], committables...)
	}
}

// splits adds where a source is.
func (c *Cut) splits(source string, states []checkpoint.SplitState) {
	c.snapshot.Sources[source] = append(c.snapshot.Sources[source], states...)
}

// keyed adds the state of an operator, to be written after the barrier.
func (c *Cut) keyed(operator string, watermark int64, s *state.Subtask) error {
	frozen, err := s.Freeze(c.Checkpoint)
	if err != nil {
		return fmt.Errorf("state of %q at checkpoint %d: %w", operator, c.Checkpoint, err)
	}
	c.frozen = append(c.frozen, frozenState{operator, watermark, frozen})
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
	r, id := c.task.run, c.task.id
	for _, f := range c.frozen {
		snapshot, err := f.state.Write(ctx, r.o.Store, r.checkpoints.FilePrefix(c.Checkpoint, id))
		if err != nil {
			c.task.unsaid.add(c.snapshot.Committables)
			r.checkpoints.Decline(c.Checkpoint, id, fmt.Errorf("state of %q: %w", f.operator, err))
			return
		}
		snapshot.Watermark = f.watermark
		c.snapshot.Operators[f.operator] = snapshot
	}
	r.checkpoints.Ack(c.Checkpoint, id, c.snapshot)
}
