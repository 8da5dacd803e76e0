// Package jobapi is what a running job and the tools around it say to each
// other: the status document served at /v1/job, the control record by which
// an operator asks for something, and the operation record that answers.
//
// All three are JSON with `"api": 1`. Fields are only ever added.
package jobapi

import "time"

// Version is the value of every document's "api" field.
const Version = 1

// State is where a job is in its life.
type State string

// The states of a job. Failed means a fault that no restart cures: the process
// is up, not ready, and Status.Reason says why.
const (
	Starting State = "starting"
	Running  State = "running"
	Paused   State = "paused"
	Stopping State = "stopping"
	Stopped  State = "stopped"  // by request or signal, final checkpoint taken
	Finished State = "finished" // every input ended
	Failed   State = "failed"
)

// Over reports whether a job in this state will do nothing more by itself.
func (s State) Over() bool { return s == Stopped || s == Finished || s == Failed }

// Status is the document at /v1/job, also written to --status-file.
type Status struct {
	API        int       `json:"api"`
	Job        string    `json:"job"`
	Namespace  string    `json:"namespace"`
	Version    string    `json:"version"` // of the job's code: commit, "+dirty" when it was
	Runtime    string    `json:"runtime"` // version of spaas it was built with
	State      State     `json:"state"`
	Reason     string    `json:"reason,omitempty"` // why it failed or stopped
	Term       uint64    `json:"term"`
	Generation uint64    `json:"generation"`
	Restored   uint64    `json:"restored,omitempty"` // checkpoint this generation started from
	Started    time.Time `json:"started"`
	Now        time.Time `json:"now"`
	PID        int       `json:"pid"`
	Listen     string    `json:"listen,omitempty"` // host:port of the HTTP port

	Watermark   *time.Time      `json:"watermark,omitempty"` // smallest over all sources
	Sources     []SourceStatus  `json:"sources"`
	Operators   []OpStatus      `json:"operators"`
	Sinks       []SinkStatus    `json:"sinks"`
	Checkpoints CheckpointStats `json:"checkpoints"`
}

// SourceStatus counts what one source has read in this generation.
type SourceStatus struct {
	Name      string     `json:"name"`
	Connector string     `json:"connector"`
	In        int64      `json:"in"`  // records read, bad ones included
	Bad       int64      `json:"bad"` // records that could not be decoded
	Bytes     int64      `json:"bytes"`
	Lag       int64      `json:"lag"` // records known to be unread; -1: unknown
	Idle      bool       `json:"idle"`
	Ended     bool       `json:"ended"`
	Splits    int        `json:"splits"`
	Watermark *time.Time `json:"watermark,omitempty"`
}

// OpStatus counts what one named operator has done in this generation.
type OpStatus struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"` // "window", "filter", …
	In    int64  `json:"in"`
	Out   int64  `json:"out"`
	Late  int64  `json:"late"`  // events dropped because they came after lateness
	Keys  int64  `json:"keys"`  // rows of state
	Panes int64  `json:"panes"` // open windows
}

// SinkStatus counts what one sink has taken in this generation.
type SinkStatus struct {
	Name      string `json:"name"`
	Connector string `json:"connector"`
	Delivery  string `json:"delivery"`
	Out       int64  `json:"out"`
	Bytes     int64  `json:"bytes"`
}

// CheckpointStats counts the checkpoints of this generation.
type CheckpointStats struct {
	Completed int64       `json:"completed"`
	Abandoned int64       `json:"abandoned"`
	Last      *Checkpoint `json:"last,omitempty"`
}

// Checkpoint describes one completed checkpoint.
type Checkpoint struct {
	ID        uint64        `json:"id"`
	At        time.Time     `json:"at"`
	Duration  time.Duration `json:"duration_ns"`
	Bytes     int64         `json:"bytes"`
	Savepoint bool          `json:"savepoint,omitempty"`
}
