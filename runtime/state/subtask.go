package state

import (
	"fmt"

	"github.com/spaas/spaas/runtime/checkpoint"
)

// Subtask is all keyed state of one subtask of an operator. It is owned by the
// subtask's goroutine.
type Subtask struct {
	operator string
	groups   int
	from, to int // the key groups it owns
	states   []keyedState
}

// keyedState is one declared state, whatever its types.
type keyedState interface {
	// schema says how rows are written now.
	schema() checkpoint.StateSchema
	// freeze takes the state as it is. The blocks of its rows will be those of
	// the state of this number in the file.
	freeze(number int, groups, from, to int) (frozenState, error)
	// reader reads rows of the same state, written as a schema says, into a
	// place beside the state.
	reader(written checkpoint.StateSchema) (rowReader, error)
	// begin makes that place, empty; install puts it in the state's.
	begin()
	install()
}

// NewSubtask makes the empty state of the subtask that owns key groups [from, to).
func NewSubtask(operator string, groups, from, to int, _ Backend) *Subtask {
	return &Subtask{operator: operator, groups: groups, from: from, to: to}
}

// declare adds a state.
func (s *Subtask) declare(state keyedState) error {
	for _, other := range s.states {
		if name := other.schema().Name; name == state.schema().Name {
			return fmt.Errorf("operator %q has two states called %q", s.operator, name)
		}
	}
	s.states = append(s.states, state)
	return nil
}

// Freeze takes the state as it is now, for a checkpoint; events may go on when
// it returns. Of states whose values are flat (no slice, map or pointer in them)
// it copies nothing: see frozenRows. Other values can be changed in place, so
// their rows are encoded before it returns, at some 100 ns a row.
func (s *Subtask) Freeze(checkpoint uint64) (*Frozen, error) {
	f := &Frozen{operator: s.operator, checkpoint: checkpoint, groups: s.groups, from: s.from, to: s.to}
	for i, state := range s.states {
		frozen, err := state.freeze(i, s.groups, s.from, s.to)
		if err != nil {
			f.end()
			return nil, err
		}
		f.states, f.descriptions = append(f.states, frozen), append(f.descriptions, state.schema())
	}
	return f, nil
}
