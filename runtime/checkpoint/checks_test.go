package checkpoint

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spaas/spaas/pkg/fault"
)

// checks are the invariants of the protocol, as the world sees them kept or
// broken.
type checks struct {
	nonces    int
	triggered map[uint64]bool   // numbers
	taken     map[string]bool   // identities
	decided   map[*tx]*Manifest // by which checkpoint
	completed int
	late      int          // writes that landed after they were given up
	fenced    int          // copies
	kinds     map[kind]int // of records
}

// action checks what a copy wants to do.
func (x *checks) action(w *world, c *copyOf, a action) {
	switch a := a.(type) {
	case answer, gaveUp, retrying, completed, tookBack:
	default:
		if c.fenced {
			w.violated("a copy does %T after it was fenced", a)
		}
	}
	switch a := a.(type) {
	case triggerTasks:
		if x.triggered[a.checkpoint] {
			w.violated("checkpoint %d is triggered twice", a.checkpoint)
		}
		x.triggered[a.checkpoint] = true
	case writeManifest:
		if x.taken[a.manifest.Identity] {
			w.violated("the name %s is used twice", a.manifest.Identity)
		}
		x.taken[a.manifest.Identity] = true
	case completed:
		x.completed++
	}
}

// acts checks that a record on which a copy acts is the newest.
func (x *checks) acts(w *world, c *copyOf, stands *record) {
	if w.history.Head != stands.Number {
		w.violated("term %d acts on record %d, but there is record %d", stands.Term, stands.Number, w.history.Head)
	}
}

// landing checks a record before it is in the log. What the log itself can
// tell, history.apply checks.
func (x *checks) landing(w *world, r *record) {
	switch r.Kind {
	case kindDecided:
		x.resolved(w, r)
		x.whole(w, r.Checkpoint)
	case kindGeneration, kindResolved:
		x.resolved(w, r)
	case kindVoid:
		for _, t := range w.of(w.files[r.Subject]) {
			if t.state != "aborted" {
				w.violated("checkpoint %s is void, but a transaction of it is %s", r.Subject, t.state)
			}
			delete(x.decided, t)
		}
	case kindKept:
		x.resolved(w, r)
		h := w.history
		for _, e := range h.Checkpoints {
			if (e.Pinned || e.Savepoint) && r.Kept.find(e.Identity) == nil {
				w.violated("checkpoint %s is declared dead, though it is pinned or a savepoint", e.Identity)
			}
		}
		tip := h.find(h.Tip)
		if tip != nil && (r.Kept.find(h.Tip) == nil || h.find(tip.Parent) != nil && r.Kept.find(tip.Parent) == nil) {
			w.violated("the newest checkpoint is declared dead")
		}
	}
}

// resolved checks that the output of the newest checkpoint is committed before
// a record that says so.
func (x *checks) resolved(w *world, r *record) {
	m := w.files[w.history.Unresolved]
	if m == nil {
		return
	}
	for _, t := range w.of(m) {
		if t.state != "committed" {
			w.violated("a record of kind %s comes while a transaction of checkpoint %d is %s", r.Kind, m.Checkpoint, t.state)
		}
	}
}

// whole checks that the transactions of a checkpoint hold exactly what its
// tasks read since the checkpoint before it, so that each is in one checkpoint.
func (x *checks) whole(w *world, e *entry) {
	m := w.files[e.Identity]
	if m == nil {
		w.violated("checkpoint %s is decided without a manifest", e.Identity)
		return
	}
	var held [worldTasks][]*tx
	for _, t := range w.of(m) {
		if other := x.decided[t]; other != nil {
			w.violated("checkpoints %d and %d hold the same transaction", other.Checkpoint, m.Checkpoint)
		}
		if t.state != "open" {
			w.violated("checkpoint %d is decided with a transaction that is %s", m.Checkpoint, t.state)
		}
		x.decided[t] = m
		held[t.task] = append(held[t.task], t)
	}
	before := w.files[e.Parent]
	for i := range worldTasks {
		slices.SortFunc(held[i], func(a, b *tx) int { return a.lo - b.lo })
		at := position(before, i)
		for _, t := range held[i] {
			if t.lo != at {
				w.violated("checkpoint %d holds number %d of task %d where it should hold %d", m.Checkpoint, t.lo, i, at)
			}
			at = t.hi
		}
		if at != position(m, i) {
			w.violated("checkpoint %d holds the output of task %d up to %d, but its source is at %d", m.Checkpoint, i, at, position(m, i))
		}
	}
}

// position is where a task was.
func position(m *Manifest, task int) int {
	if m == nil {
		return 0
	}
	for _, s := range m.Sources["in"] {
		if s.ID == strconv.Itoa(task) {
			n, _ := strconv.Atoi(string(s.Split))
			return n
		}
	}
	return -1
}

// commit checks that what is committed was decided.
func (x *checks) commit(w *world, t *tx, checkpoint uint64) {
	if m := x.decided[t]; m == nil || m.Checkpoint != checkpoint {
		w.violated("a transaction is committed of checkpoint %d, which was not decided with it", checkpoint)
	}
}

// abort checks that nothing is aborted that is decided.
func (x *checks) abort(w *world, t *tx) {
	if m := x.decided[t]; m != nil {
		w.violated("a transaction of checkpoint %d, which is decided, is aborted", m.Checkpoint)
	}
}

// over checks why a copy ended.
func (x *checks) over(w *world, c *copyOf) {
	_, fenced := asFenced(c.err)
	f, isFault := errors.AsType[*fault.Error](c.err)
	switch {
	case fenced:
		x.fenced++
	case errors.Is(c.err, errWorld):
	case isFault && f.Incurable && w.torn:
	case isFault && !f.Incurable && w.gone:
	default:
		w.violated("a copy ended: %w", c.err)
	}
}

// settle ends the faults, starts a last copy and sees the job through: a
// checkpoint completes, and in the end every number is shown once.
func (w *world) settle() error {
	for len(w.flying) > 0 && w.trouble == nil {
		w.land()
	}
	w.faults, w.copies = 0, nil
	seed := uint32(w.born)
	w.choose = func(n int) int { // fair, and no draw of the search
		seed = seed*1664525 + 1013904223
		return int(seed>>16) % n
	}
	w.begin()
	c := w.copies[0]
	before := w.checks.completed
	for steps := 0; !c.done && c.err == nil && w.trouble == nil; steps++ {
		if steps > 20_000 {
			return fmt.Errorf("nothing fails any more, but the job does not end: phase %d, %d checkpoints since", c.phase, w.checks.completed-before)
		}
		c.work()
		c.clean()
		atEnd := 0
		for i := range c.tasks {
			c.task(i)
			if c.tasks[i].next == w.limit {
				atEnd++
			}
		}
		if atEnd == worldTasks && !c.final {
			c.final = true
			c.ask(w.now, request{1000, true})
			c.react()
		}
		w.pass(c)
	}
	if w.trouble != nil || w.torn && c.err != nil {
		return w.trouble
	}
	if c.err != nil {
		if w.gone { // it ran and found its output void: the next start goes on
			w.gone = false
			return w.settle()
		}
		return fmt.Errorf("nothing fails any more, but the job does: %w", c.err)
	}
	if w.torn {
		return errors.New("the job ended although a part of its output is lost")
	}
	for i := range worldTasks {
		shown := make([]int, w.limit)
		for _, t := range w.txs {
			for n := t.lo; n < t.hi && t.task == i && t.state == "committed"; n++ {
				shown[n]++
			}
		}
		for n, times := range shown {
			// A rewind shows again what came after it, and says so before.
			if times == 0 || times > 1 && w.checks.kinds[kindRewind] == 0 {
				return fmt.Errorf("number %d of task %d is shown %d times", n, i, times)
			}
		}
	}
	return nil
}
