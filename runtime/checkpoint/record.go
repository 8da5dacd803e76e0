package checkpoint

import (
	"fmt"
	"time"
)

// kind is what a record of the decision log says.
type kind string

// The kinds of records. A log that holds another kind was written by a newer
// version and is refused, because it must be obeyed.
const (
	kindTerm       kind = "term"       // a coordinator is in charge from here on
	kindGeneration kind = "generation" // the job was started from a checkpoint
	kindDecided    kind = "decided"    // a checkpoint is complete: its output may be committed
	kindAbandoned  kind = "abandoned"  // a checkpoint was given up; its number is used up
	kindResolved   kind = "resolved"   // a final checkpoint's output is committed: nothing is open
	kindVoid       kind = "void"       // a decided checkpoint lost all its output and does not count
	kindRewind     kind = "rewind"     // an operator wants an older checkpoint restored
	kindPin        kind = "pin"        // an operator wants a checkpoint kept
	kindKept       kind = "kept"       // everything below that is not named here is dead
)

// record is one record of the decision log. Which of the fields at the end
// are there is a matter of its kind.
type record struct {
	Number uint64    `json:"number"` // also its name
	Kind   kind      `json:"kind"`
	Term   uint64    `json:"term"`
	Nonce  string    `json:"nonce"` // of this attempt to append
	At     time.Time `json:"at"`
	By     Owner     `json:"by"`

	Generation *generation `json:"generation,omitempty"` // generation
	Checkpoint *entry      `json:"checkpoint,omitempty"` // decided
	Abandoned  *abandoned  `json:"abandoned,omitempty"`  // abandoned
	Subject    string      `json:"subject,omitempty"`    // resolved, void, rewind, pin: the identity of a checkpoint
	Reason     string      `json:"reason,omitempty"`     // void, rewind, pin
	Kept       *history    `json:"kept,omitempty"`       // kept
}

// Owner is a process that is in charge of a job.
type Owner struct {
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Version string `json:"version"` // of the job's code
}

// String names the process to whoever looks for it.
func (o Owner) String() string {
	s := fmt.Sprintf("pid %d on host %s", o.PID, o.Host)
	if o.Version != "" {
		s += ", version " + o.Version
	}
	return s
}

// generation is one start of the job from one restore point.
type generation struct {
	Number uint64 `json:"number"`
	// Restored is the identity of the checkpoint it started from, empty: from nothing.
	Restored string `json:"restored,omitempty"`
	// First is the number of its first checkpoint: above any that was triggered before.
	First uint64 `json:"first"`
	// The layout of the generation.
	Graph       string `json:"graph"`
	KeyGroups   int    `json:"key_groups"`
	Parallelism int    `json:"parallelism"`
}

// entry is what the log says of a decided checkpoint.
type entry struct {
	Number     uint64    `json:"number"`
	Identity   string    `json:"identity"`
	Parent     string    `json:"parent,omitempty"`
	Generation uint64    `json:"generation"`
	At         time.Time `json:"at"` // when it was triggered
	Savepoint  bool      `json:"savepoint,omitempty"`
	Pinned     bool      `json:"pinned,omitempty"`
	Ended      bool      `json:"ended,omitempty"`
	// Output says that it has something to commit.
	Output   bool  `json:"output,omitempty"`
	Bytes    int64 `json:"bytes"` // of manifest and files
	Manifest File  `json:"manifest"`
}

// abandoned is a checkpoint that was given up.
type abandoned struct {
	Number uint64 `json:"number"`
	Reason string `json:"reason"`
}

// valid says what is missing in a record of its kind.
func (r *record) valid() error {
	missing := func(field string) error { return fmt.Errorf("a record of kind %q has no field %q", r.Kind, field) }
	switch r.Kind {
	case kindTerm:
		return nil
	case kindGeneration:
		if r.Generation == nil {
			return missing("generation")
		}
	case kindDecided:
		if r.Checkpoint == nil {
			return missing("checkpoint")
		}
	case kindAbandoned:
		if r.Abandoned == nil {
			return missing("abandoned")
		}
	case kindResolved, kindVoid, kindRewind, kindPin:
		if r.Subject == "" {
			return missing("subject")
		}
	case kindKept:
		if r.Kept == nil {
			return missing("kept")
		}
	default:
		return &errNewer{fmt.Sprintf("a record of kind %q", r.Kind)}
	}
	return nil
}
