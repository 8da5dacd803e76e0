package state

import (
	"context"
	"fmt"
	"slices"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// Restore fills the state before the first event: from all parts of the
// operator in the manifest it takes the rows of its own key groups. Every state
// must have been declared (Panes) before. No parts: there is nothing to restore.
//
// Sizes and checksums are verified before anything is kept, and nothing is when
// it fails; the error names the wrong file. It is incurable (package fault)
// unless the store could not be read or ctx is done.
func (s *Subtask) Restore(ctx context.Context, store blob.Store, parts []checkpoint.OperatorSnapshot) error {
	if len(parts) == 0 {
		return nil
	}
	if err := s.covered(parts); err != nil {
		return err
	}
	readers := make([][]rowReader, len(parts))
	for i, p := range parts {
		var err error
		if readers[i], err = s.readers(p.States); err != nil {
			return err
		}
	}
	for _, state := range s.states {
		state.begin()
	}
	for i, p := range parts {
		if p.To <= s.from || p.From >= s.to {
			continue // no row of ours
		}
		for _, file := range p.Files {
			f := stateFile{store: store, file: file, subtask: s, part: p, states: readers[i]}
			if err := f.read(ctx); err != nil {
				for _, state := range s.states {
					state.begin()
				}
				return err
			}
		}
	}
	for _, state := range s.states {
		state.install()
	}
	return nil
}

// covered checks that the parts hold each key group of the job once.
func (s *Subtask) covered(parts []checkpoint.OperatorSnapshot) error {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b checkpoint.OperatorSnapshot) int { return a.From - b.From })
	next := 0
	for _, p := range parts {
		switch {
		case p.From > next:
			return s.unfit("no part of the checkpoint holds its key groups %d to %d", next, p.From-1)
		case p.From < next && p.To > p.From:
			return s.unfit("two parts of the checkpoint hold its key group %d", p.From)
		}
		next = max(next, p.To)
	}
	if next != s.groups {
		return s.unfit("it has %d key groups in the checkpoint and %d in this job; the number cannot change", next, s.groups)
	}
	return nil
}

// unfit is a fault of the checkpoint as a whole.
func (s *Subtask) unfit(format string, args ...any) error {
	return &fault.Error{What: fmt.Sprintf("state of operator %q: ", s.operator) + fmt.Sprintf(format, args...), Incurable: true}
}

// readers are the readers of the states that a part holds, in its order.
func (s *Subtask) readers(written []checkpoint.StateSchema) ([]rowReader, error) {
	var faults fault.List
	readers := make([]rowReader, len(written))
	for i, w := range written {
		own := slices.IndexFunc(s.states, func(k keyedState) bool { return k.schema().Name == w.Name })
		if own < 0 {
			faults = append(faults, s.unfit("the checkpoint has a state %q, which this job does not declare: it would be lost", w.Name))
			continue
		}
		var err error
		if readers[i], err = s.states[own].reader(w); err != nil {
			faults = append(faults, &fault.Error{What: fmt.Sprintf("state %q of operator %q does not fit the checkpoint", w.Name, s.operator), Err: err, Incurable: true})
		}
	}
	return readers, faults.Err()
}
