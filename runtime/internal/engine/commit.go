package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// participant is the run as the coordinator asks it for barriers.
type participant struct{ *Run }

// Trigger asks every source task for barrier n.
func (p participant) Trigger(n uint64) {
	for _, s := range p.sources {
		for _, share := range s.shares {
			share.task.triggered.Store(n)
			share.task.nudge()
		}
	}
}

// Cancel tells every task that barrier n is given up.
func (p participant) Cancel(n uint64) {
	for _, t := range p.tasks {
		t.cancelled.Store(n)
		t.nudge()
	}
}

// committer is the run's sinks as the coordinator makes their pre-commits visible.
type committer struct{ *Run }

// Commit implements checkpoint.Committer.
func (c committer) Commit(ctx context.Context, checkpoint uint64, sink string, committables []json.RawMessage) error {
	to, ok := c.o.Sinks[sink]
	if !ok {
		return &fault.Error{
			What:      fmt.Sprintf("checkpoint %d holds results for sink %q that are not visible yet, and the job no longer has that sink", checkpoint, sink),
			Do:        "put the sink back, let one checkpoint pass, then take it out",
			Incurable: true,
		}
	}
	all, err := committablesOf(sink, committables)
	if err != nil {
		return err
	}
	if err := to.Sink.Commit(ctx, checkpoint, all); err != nil {
		return fmt.Errorf("sink %q at checkpoint %d: %w", sink, checkpoint, err)
	}
	return nil
}

// Recover implements checkpoint.Committer.
func (c committer) Recover(ctx context.Context, generation uint64, keep map[string][]json.RawMessage) error {
	var faults fault.List
	for _, name := range slices.Sorted(maps.Keys(c.o.Sinks)) {
		kept, err := committablesOf(name, keep[name])
		if err == nil {
			err = c.o.Sinks[name].Sink.Recover(ctx, generation, kept)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("sink %q cannot be recovered: %w", name, err))
		}
	}
	return faults.Err()
}

func committablesOf(sink string, stored []json.RawMessage) ([]connect.Committable, error) {
	var all []connect.Committable
	for _, data := range stored {
		var one connect.Committable
		if err := json.Unmarshal(data, &one); err != nil {
			return nil, &fault.Error{What: fmt.Sprintf("a committable of sink %q in the checkpoint cannot be read", sink), Err: err, Incurable: true}
		}
		all = append(all, one)
	}
	return all, nil
}
