package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// Task is one subtask of one chain: a goroutine and the operators it owns.
type Task struct {
	run  *Run
	id   checkpoint.TaskID
	ctx  context.Context // of the run
	loop func(ctx context.Context) error
	// wake is sent to, without blocking, when a number below has changed.
	wake      chan struct{}
	triggered atomic.Uint64 // newest barrier that a source is asked for
	cancelled atomic.Uint64 // newest barrier that is given up

	// finishing is closed when the newest cut is complete. Owned by the goroutine.
	finishing chan struct{}
	// unsaid are pre-commits of cuts that were declined. Owned by whoever
	// completes a cut, one after the other.
	unsaid map[string][]json.RawMessage

	openers []func(context.Context) error
	closers []func() error

	// Where the goroutine is, for the error of a panic. Owned by the goroutine.
	at       *place
	position position
	idle     bool // waits for no input at present
	ended    bool // all input has ended
}

func newTask(r *Run, chain string, subtask int) *Task {
	none := make(chan struct{})
	close(none)
	return &Task{
		run: r, ctx: r.ctx, id: checkpoint.TaskID{Chain: chain, Subtask: subtask},
		wake: make(chan struct{}, 1), finishing: none,
	}
}

// open registers what is done before the first event: opening a connector,
// restoring state.
func (t *Task) open(f func(context.Context) error) { t.openers = append(t.openers, f) }

func (t *Task) openAll(ctx context.Context) error {
	for _, open := range t.openers {
		if err := open(ctx); err != nil {
			return err
		}
	}
	return nil
}

// close frees what was opened, the last first.
func (t *Task) close() error {
	var err error
	for _, end := range slices.Backward(t.closers) {
		err = errors.Join(err, end())
	}
	t.closers = nil
	return err
}

// nudge makes the task look at its numbers again.
func (t *Task) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// place is an operator in a task: what it is called, and what it has counted.
type place struct {
	task *Task
	node *Node
	opCounters
}

// opCounters are added to once a batch and read at any time.
type opCounters struct {
	in, out, late, keys, panes, bytes atomic.Int64
}

// place makes the operator's place in the task and registers its counters.
func (t *Task) place(n *Node) *place {
	p := &place{task: t, node: n}
	t.run.places = append(t.run.places, p)
	return p
}

// enter says that user code of this operator is about to see n rows.
func (p *place) enter(n int) {
	p.task.at = p
	p.in.Add(int64(n))
}

func (p *place) left(n int) { p.out.Add(int64(n)) }

// position is the part of a split that is being worked on.
type position struct {
	source, split string
	first, last   int64
}

// since is the position from another one on, where both are in one split.
func (p position) since(first position) position {
	if p.split == first.split {
		p.first = first.first
	}
	return p
}

func (p position) String() string {
	switch {
	case p.split == "":
		return ""
	case p.first == p.last:
		return fmt.Sprintf("%s@%d", p.split, p.first)
	}
	return fmt.Sprintf("%s@%d-%d", p.split, p.first, p.last)
}

// start runs the task's goroutine. A panic in it, which is a panic in user
// code, becomes an error that says where.
func (t *Task) start(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = t.panicked(v, debug.Stack())
		}
		err = errors.Join(err, t.close())
	}()
	return t.loop(ctx)
}

func (t *Task) panicked(v any, stack []byte) error {
	where := []string{fmt.Sprintf("subtask %d", t.id.Subtask)}
	if at := t.position.String(); at != "" {
		where = append(where, at)
	}
	what := "panic in the engine"
	if t.at != nil {
		what = fmt.Sprintf("panic in %s %q", t.at.node.Kind, t.at.node.Name)
		if t.at.node.Site != "" {
			where = append(where, t.at.node.Site)
		}
	}
	return &fault.Error{
		What: what, Where: strings.Join(where, ", "), Err: &PanicError{Value: v, Stack: trimStack(stack)},
		Do: "the job's own code panicked on this input; mend it, or filter such events out before it",
	}
}

// PanicError is a panic of user code.
type PanicError struct {
	Value any
	Stack string // from the panicking function down
}

// Error is the value and the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%v\n%s", e.Value, e.Stack) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error { err, _ := e.Value.(error); return err }

// trimStack drops the frames of the recovery: those up to the call of panic.
func trimStack(stack []byte) string {
	s := string(stack)
	if i := strings.LastIndex(s, "\npanic("); i >= 0 {
		s = s[i+1:]
		for range 2 { // panic( and its file
			if _, rest, ok := strings.Cut(s, "\n"); ok {
				s = rest
			}
		}
	}
	return strings.TrimSpace(s)
}

// finished says that all input of the task has ended and was handed on. It
// lives on for the barriers that are still to come.
func (t *Task) finished() {
	t.ended = true
	t.run.taskEnded()
}
