package engine

import (
	"errors"

	"github.com/spaas/spaas/pkg/fault"
)

// Build turns a graph into the tasks of one run. Operators are made from the
// sinks up: each asks its port for what follows before it makes itself.
type Build struct {
	run         *Run
	parallelism int
	groups      int // key groups
	rows        int // of a batch
	chain       []*Task
	faults      fault.List
	writers     map[string]int // writers of each sink so far
}

// fault adds a fault; building goes on so that all are found at once.
func (b *Build) fault(err error) {
	if list, ok := errors.AsType[fault.List](err); ok {
		b.faults = append(b.faults, list...)
		return
	}
	b.faults = append(b.faults, err)
}

// begin starts a chain: its tasks, one a subtask, are those that operators
// belong to until the function it returns is called.
func (b *Build) begin(name string) (tasks []*Task, end func()) {
	outer := b.chain
	b.chain = make([]*Task, b.parallelism)
	for i := range b.chain {
		b.chain[i] = newTask(b.run, name, i)
	}
	b.run.tasks = append(b.run.tasks, b.chain...)
	tasks = b.chain
	return tasks, func() { b.chain = outer }
}

// subtasks makes one operator for each task of the chain.
func subtasks[O any](b *Build, make func(t *Task) O) []O {
	var ops []O
	for _, t := range b.chain {
		ops = append(ops, make(t))
	}
	return ops
}
