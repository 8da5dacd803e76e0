package checkpoint

import (
	"encoding/json"
	"time"
)

// action is something that the protocol wants done. The coordinator does it and
// reports back with the method named at the type.
type action interface{ isAction() }

// Errands. At most one is under way at a time; each is answered once.
type (
	// readLog: logRead or failed.
	readLog struct{}
	// loadManifests asks for the checkpoint whose output is to be committed and
	// the one to restore, whose files must all be there; either may be nil.
	// Answer: loaded or failed.
	loadManifests struct{ commit, restore *entry }
	// appendRecord: recorded, taken or failed. A base is the oldest record that
	// must still be in the log.
	appendRecord struct {
		base   uint64
		record record
	}
	// commitOutput makes the output of a decided checkpoint visible, if this
	// term is still the newest. Answer: committed or failed.
	commitOutput struct {
		head        point
		checkpoint  uint64
		committable map[string][]json.RawMessage
	}
	// recoverSinks aborts what generations below this one left open, if this
	// term is still the newest. Answer: recovered or failed.
	recoverSinks struct {
		head       point
		generation uint64
		keep       map[string][]json.RawMessage
	}
	// writeManifest: manifestWritten or failed.
	writeManifest struct {
		manifest *Manifest
		deadline time.Time
	}
	// lookAtHead asks whether this term is still the newest. Answer: looked.
	lookAtHead struct{ head point }
)

// point is a place in the log that must be its head, and the oldest record that
// must still be there.
type point struct{ base, head uint64 }

// Everything else is not answered, but for sweepStore.
type (
	triggerTasks struct{ checkpoint uint64 } // Participant.Trigger
	cancelTasks  struct{ checkpoint uint64 } // Participant.Cancel
	// sweepStore deletes what the log declares dead, beside everything else.
	// Answer: swept.
	sweepStore struct{ declared history }
	// answer ends a request for a savepoint or the final checkpoint.
	answer struct {
		request int
		number  uint64
		err     error
	}
	// completed and gaveUp are for the log that people read.
	completed struct {
		checkpoint entry
		took       time.Duration
	}
	gaveUp struct {
		checkpoint uint64
		reason     error
	}
	retrying struct {
		what string
		err  error
	}
	tookBack struct{ err error } // a checkpoint that was decided
)

func (readLog) isAction()       {}
func (loadManifests) isAction() {}
func (appendRecord) isAction()  {}
func (commitOutput) isAction()  {}
func (recoverSinks) isAction()  {}
func (writeManifest) isAction() {}
func (lookAtHead) isAction()    {}
func (triggerTasks) isAction()  {}
func (cancelTasks) isAction()   {}
func (sweepStore) isAction()    {}
func (answer) isAction()        {}
func (completed) isAction()     {}
func (gaveUp) isAction()        {}
func (retrying) isAction()      {}
func (tookBack) isAction()      {}
