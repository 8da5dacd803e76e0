package checkpoint

import (
	"fmt"
	"slices"
	"time"
)

// history is what the records of the log come to, up to the newest. It is all
// that a coordinator knows of its predecessors, and a record of kind "kept"
// holds one, so that what is below that record need not be read any more.
type history struct {
	Head       uint64    `json:"head"`       // number of the newest record, 0: there is none
	Base       uint64    `json:"base"`       // number of the newest record of kind "kept", 0: there is none
	Term       uint64    `json:"term"`       // newest
	TermAt     time.Time `json:"term_at"`    // when it began
	Generation uint64    `json:"generation"` // newest
	Recorded   uint64    `json:"recorded"`   // highest checkpoint that was decided or abandoned
	Triggered  uint64    `json:"triggered"`  // no checkpoint above it was ever triggered
	// Checkpoints are those that can be restored, in the order they were decided.
	Checkpoints []entry `json:"checkpoints"`
	// Tip is the newest checkpoint of the lineage that the job is on: the parent
	// of the next one, and what a start restores.
	Tip string `json:"tip,omitempty"`
	// Unresolved is the decided checkpoint whose output may not be committed yet.
	Unresolved string `json:"unresolved,omitempty"`
	// RewindTo is what the next start restores instead of the tip.
	RewindTo string `json:"rewind_to,omitempty"`
}

// find returns the entry of a checkpoint, nil if there is none.
func (h *history) find(identity string) *entry {
	for i := range slices.Backward(h.Checkpoints) {
		if e := &h.Checkpoints[i]; identity != "" && e.Identity == identity {
			return e
		}
	}
	return nil
}

// restorePoint is the checkpoint that a start restores, nil: there is none.
func (h *history) restorePoint() *entry {
	if h.RewindTo != "" {
		return h.find(h.RewindTo)
	}
	return h.find(h.Tip)
}

// apply adds the next record. It refuses a record that breaks a rule of the
// protocol: the log would then have been written by something that is not a
// coordinator, and whatever is made of it would be a guess.
func (h *history) apply(r *record) error {
	if err := r.valid(); err != nil {
		return err
	}
	if r.Kind == kindKept {
		if r.Kept.Term != r.Term {
			return fmt.Errorf("a record of term %d holds the history of term %d", r.Term, r.Kept.Term)
		}
		*h = r.Kept.clone()
		h.Head, h.Base = r.Number, r.Number
		return nil
	}
	if r.Number != h.Head+1 {
		return fmt.Errorf("record %d follows record %d", r.Number, h.Head)
	}
	if err := h.obey(r); err != nil {
		return err
	}
	h.Head = r.Number
	return nil
}

func (h *history) obey(r *record) error {
	if r.Kind == kindTerm {
		if r.Term != h.Term+1 {
			return fmt.Errorf("term %d follows term %d", r.Term, h.Term)
		}
		h.Term, h.TermAt = r.Term, r.At
		return nil
	}
	if r.Term != h.Term {
		return fmt.Errorf("a record of term %d follows one of term %d", r.Term, h.Term)
	}
	switch r.Kind {
	case kindGeneration:
		return h.started(r.Generation)
	case kindDecided:
		return h.decided(*r.Checkpoint)
	case kindAbandoned:
		return h.usedUp(r.Abandoned.Number)
	}
	e := h.find(r.Subject)
	if e == nil {
		return fmt.Errorf("a record of kind %q is about checkpoint %s, which is not there", r.Kind, r.Subject)
	}
	switch r.Kind {
	case kindResolved:
		if e.Identity != h.Tip || e.Number != h.Recorded {
			return fmt.Errorf("checkpoint %s is resolved, but the newest is %s, and the last decision was on %d", e.Identity, h.Tip, h.Recorded)
		}
		// Only a final checkpoint is recorded as resolved: no other was triggered.
		h.Unresolved, h.Triggered = "", h.Recorded
	case kindVoid:
		if e.Identity != h.Unresolved {
			return fmt.Errorf("checkpoint %s is void, but it was resolved", e.Identity)
		}
		h.void(*e)
	case kindRewind:
		h.RewindTo = e.Identity
	case kindPin:
		e.Pinned = true
	}
	return nil
}

// started is a new generation. It comes after its coordinator resolved the
// newest checkpoint, so nothing is open any more.
func (h *history) started(g *generation) error {
	restored := ""
	if e := h.restorePoint(); e != nil {
		restored = e.Identity
	}
	switch {
	case g.Number != h.Generation+1:
		return fmt.Errorf("generation %d follows generation %d", g.Number, h.Generation)
	case g.First <= h.Triggered:
		return fmt.Errorf("generation %d begins with checkpoint %d, which may have been triggered before", g.Number, g.First)
	case g.Restored != restored:
		return fmt.Errorf("generation %d restored checkpoint %q, not %q", g.Number, g.Restored, restored)
	}
	h.Generation, h.Triggered = g.Number, g.First
	h.Tip, h.RewindTo, h.Unresolved = restored, "", ""
	return nil
}

// decided is a new newest checkpoint. Its coordinator has resolved the one before.
func (h *history) decided(e entry) error {
	if e.Parent != h.Tip {
		return fmt.Errorf("checkpoint %s follows %q, but the newest is %q", e.Identity, e.Parent, h.Tip)
	}
	if e.Generation != h.Generation {
		return fmt.Errorf("checkpoint %s is of generation %d, not %d", e.Identity, e.Generation, h.Generation)
	}
	if err := h.usedUp(e.Number); err != nil {
		return err
	}
	h.Checkpoints = append(h.Checkpoints, e)
	h.Tip, h.Unresolved = e.Identity, ""
	if e.Output {
		h.Unresolved = e.Identity
	}
	return nil
}

// usedUp takes the number of a checkpoint that was decided or abandoned. There
// is one decision for each, and at most one is triggered beyond it.
func (h *history) usedUp(n uint64) error {
	if n <= h.Recorded || n > h.Triggered {
		return fmt.Errorf("checkpoint %d is decided on, but it cannot be: the last was %d, and none above %d was triggered", n, h.Recorded, h.Triggered)
	}
	h.Recorded, h.Triggered = n, n+1
	return nil
}

// void removes a checkpoint that does not count.
func (h *history) void(e entry) {
	h.Checkpoints = slices.DeleteFunc(h.Checkpoints, func(x entry) bool { return x.Identity == e.Identity })
	h.Unresolved = ""
	if h.Tip == e.Identity {
		h.Tip = e.Parent
	}
}

func (h *history) clone() history {
	c := *h
	c.Checkpoints = slices.Clone(h.Checkpoints)
	return c
}
