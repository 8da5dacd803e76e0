package checkpoint

import (
	"encoding/json"
	"time"
)

// TaskID names one task that takes part in checkpoints: one subtask of one
// chain of operators.
type TaskID struct {
	Chain   string `json:"chain"`
	Subtask int    `json:"subtask"`
}

// TaskSnapshot is what one task held exactly at a barrier: the effects of every
// event before it and of none after it.
type TaskSnapshot struct {
	// Sources are the splits that the task reads, by the name of the source.
	Sources map[string][]SplitState
	// Operators is the keyed state of the task, by the name of the operator.
	Operators map[string]OperatorSnapshot
	// Committables are the pre-commits of the task, by the name of the sink.
	Committables map[string][]json.RawMessage
	// Ended says that every input of the task has ended and that everything
	// which follows from that is in the snapshot. A checkpoint in which all
	// tasks have ended is the last of a bounded job.
	Ended bool
}

// SplitState is one split of a source at the barrier.
type SplitState struct {
	ID        string          `json:"id"`
	Split     json.RawMessage `json:"split"`     // connect.Split: position and identity
	Watermark int64           `json:"watermark"` // nanoseconds since 1970
}

// OperatorSnapshot is the keyed state of one subtask of one operator.
type OperatorSnapshot struct {
	From      int           `json:"from"` // first key group
	To        int           `json:"to"`   // after the last one
	Watermark int64         `json:"watermark"`
	Window    int64         `json:"window,omitempty"` // length of its windows in nanoseconds
	States    []StateSchema `json:"states"`
	Files     []File        `json:"files"`
}

// StateSchema says how the rows of one state were written, so that they can be
// read without the job's binary and by a binary whose types have changed.
type StateSchema struct {
	Name  string          `json:"name"`
	Kind  string          `json:"kind"` // "panes": one table for each window start
	Hash  string          `json:"hash"` // name and version of the key's hash
	Key   json.RawMessage `json:"key"`  // Avro schema
	Value json.RawMessage `json:"value"`
}

// File is one blob that a checkpoint needs. Checkpoints may share files, but a
// file that is older than the newest resolved checkpoint and not in it is never
// named again: it may be gone.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
}

// Manifest is everything that a checkpoint consists of. It is written once,
// whole, before the record that decides the checkpoint.
type Manifest struct {
	Format     int       `json:"format"`
	Job        string    `json:"job"` // namespace/job
	Checkpoint uint64    `json:"checkpoint"`
	Identity   string    `json:"identity"`         // unique for ever
	Parent     string    `json:"parent,omitempty"` // identity of the checkpoint before it in this lineage
	Term       uint64    `json:"term"`
	Generation uint64    `json:"generation"`
	At         time.Time `json:"at"` // when it was triggered

	Graph       string `json:"graph"` // fingerprint
	KeyGroups   int    `json:"key_groups"`
	Parallelism int    `json:"parallelism"`
	// Savepoint marks a checkpoint that nothing deletes.
	Savepoint bool `json:"savepoint,omitempty"`
	// Ended says that every input had ended: there is nothing left to do.
	Ended bool `json:"ended,omitempty"`

	Sources      map[string][]SplitState       `json:"sources"`
	Operators    map[string][]OperatorSnapshot `json:"operators"` // one a subtask
	Committables map[string][]json.RawMessage  `json:"committables,omitempty"`
}
