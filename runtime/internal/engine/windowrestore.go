package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/state"
)

// open makes the state of the operator, as it was in the checkpoint.
func (o *windowOp[K, T, A, R]) open(ctx context.Context, groups, parallelism int) error {
	from, to := state.GroupRange(groups, parallelism, o.task.id.Subtask)
	o.state = state.NewSubtask(o.node.Name, groups, from, to, o.task.run.o.Backend)
	var err error
	if o.panes, err = state.Panes[K, A](o.state, PaneState); err != nil {
		return fmt.Errorf("state of %q: %w", o.node.Name, err)
	}
	if values, err := state.CodecOf[A](); err == nil && o.lateness > 0 && values.Shares() {
		o.copies = values
	}
	parts := o.task.run.restoredState(o.node.Name)
	if len(parts) == 0 {
		return nil
	}
	if err := o.state.Restore(ctx, o.task.run.o.Store, parts); err != nil {
		return &fault.Error{
			What: fmt.Sprintf("the state of operator %q cannot be restored", o.node.Name), Where: o.node.Site, Err: err,
			Do: "restore another checkpoint, or the binary that wrote this one", Incurable: fault.Incurable(err), // not where a store was away
		}
	}
	// The parts may differ by what their inputs had said of idleness. The newest
	// time holds for all, and what a part had not fired by then is fired first.
	w := int64(earliest)
	for _, p := range parts {
		if p.From < to && p.To > from {
			o.behind = append(o.behind, p)
			w = max(w, p.Watermark)
		}
	}
	o.groups = groups
	o.behind = slices.DeleteFunc(o.behind, func(p checkpoint.OperatorSnapshot) bool { return p.Watermark == w })
	o.tell(w)
	o.fireAt = latest
	for _, start := range o.panes.Starts() {
		if end := o.end(start); end > o.watermark {
			o.fireAt = min(o.fireAt, end)
		}
	}
	o.count()
	return nil
}

// catchUp fires what parts of the restored state that were behind in time had
// not fired, before anything else happens: the others had.
func (o *windowOp[K, T, A, R]) catchUp() error {
	if o.behind == nil {
		return nil
	}
	parts := o.behind
	o.behind = nil
	for _, start := range slices.Clone(o.panes.Starts()) {
		end := o.end(start)
		if end > o.watermark {
			break
		}
		rows := o.panes.Pane(start).Rows()
		for i := range rows {
			row := &rows[i]
			group := state.KeyGroup(row.Hash, o.groups)
			fired := !slices.ContainsFunc(parts, func(p checkpoint.OperatorSnapshot) bool {
				return p.From <= group && group < p.To && p.Watermark < end
			})
			if fired {
				continue
			}
			if err := o.emit(row.Key, start, &row.Value); err != nil {
				return err
			}
		}
		if end <= o.closed {
			o.panes.Drop(start)
		}
	}
	return o.flush()
}
