package jobapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"time"
)

// Desired is what an operator wants the job to be doing.
type Desired string

// The desired states of a job.
const (
	WantRunning Desired = "running"
	WantPaused  Desired = "paused"  // sources silent, process up
	WantStopped Desired = "stopped" // final checkpoint, exit 0
	WantDrained Desired = "drained" // end of input: last watermark, all windows fire, final checkpoint, exit 0
)

// Control is the desired state of a job: one record, written whole. Off Nomad
// it is the file [ControlName] in the job's folder of the checkpoint store.
//
// What a record asks for is of two kinds. Running, paused and rates are levels:
// they hold until another record says otherwise, also in a restarted process.
// A savepoint, stopped and drained are acts: each is carried out once for an
// ID, and starting a stopped job again is stronger than the record that had
// stopped it.
type Control struct {
	API  int     `json:"api"`
	ID   string  `json:"id"` // unique, see ValidID; the operation record carries the same
	Who  string  `json:"who,omitempty"`
	Why  string  `json:"why,omitempty"`
	Want Desired `json:"want"`
	// Savepoint asks for one savepoint, taken before anything else the record asks for.
	Savepoint bool `json:"savepoint,omitempty"`
	// Rate caps records a second by source name; 0 or absent is no cap.
	Rate map[string]float64 `json:"rate,omitempty"`
}

// OperationState is how far a job is with a control record.
type OperationState string

// The states of an operation. Done and failed are final: an ID that has one of
// them is never carried out again.
const (
	OperationAccepted OperationState = "accepted"
	OperationDone     OperationState = "done"
	OperationFailed   OperationState = "failed"
)

// Final reports whether nothing more will happen for the operation.
func (s OperationState) Final() bool { return s == OperationDone || s == OperationFailed }

// Operation is the job's answer to a control record, kept in the checkpoint
// store under [OperationName].
type Operation struct {
	API        int            `json:"api"`
	ID         string         `json:"id"`
	State      OperationState `json:"state"`
	Error      string         `json:"error,omitempty"`
	Checkpoint uint64         `json:"checkpoint,omitempty"` // the savepoint or final checkpoint
	At         time.Time      `json:"at"`
}

// ControlName is the name of the control record in the job's folder of the
// checkpoint store.
const ControlName = "control.json"

// MaxControl is the size in bytes above which a control record is refused.
const MaxControl = 64 << 10

// OperationName is the name of the answer to a control record in the job's
// folder of the checkpoint store.
func OperationName(id string) string { return "operations/" + id + ".json" }

// StorePrefix is the job's folder of the checkpoint store, with a slash at the end.
func StorePrefix(namespace, job string) string { return namespace + "/" + job + "/" }

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// ValidID reports whether id can name an operation: up to 100 letters, digits,
// dots, dashes and underscores, the first a letter or digit.
func ValidID(id string) bool { return validID.MatchString(id) }

// ParseControl reads a control record strictly: a field that this version does
// not know is refused, because carrying out half of a wish is worse than none.
// The record is returned beside the error as far as it could be read, so that a
// refusal can be answered under its ID.
func ParseControl(data []byte) (Control, error) {
	var c Control
	if len(data) > MaxControl {
		return c, fmt.Errorf("the record has more than %d bytes", MaxControl)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		// Once more, leniently, for the ID that the answer is kept under.
		var id struct{ ID string }
		if json.Unmarshal(data, &id) == nil {
			c.ID = id.ID
		}
		return c, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return c, errors.New("there is more than one record")
	}
	return c, c.Validate()
}

// Validate returns every fault of the record at once.
func (c Control) Validate() error {
	var faults []error
	if c.API != Version {
		faults = append(faults, fmt.Errorf("api is %d, this job speaks %d", c.API, Version))
	}
	if !ValidID(c.ID) {
		faults = append(faults, fmt.Errorf("id %q is not made of up to 100 letters, digits, dots, dashes and underscores", c.ID))
	}
	wants := []Desired{WantRunning, WantPaused, WantStopped, WantDrained}
	if !slices.Contains(wants, c.Want) {
		faults = append(faults, fmt.Errorf("want is %q, not one of %q", c.Want, wants))
	}
	for _, source := range slices.Sorted(maps.Keys(c.Rate)) {
		if r := c.Rate[source]; r < 0 || math.IsInf(r, 0) || math.IsNaN(r) {
			faults = append(faults, fmt.Errorf("rate of source %q is %v, it cannot be below zero", source, r))
		}
	}
	return errors.Join(faults...)
}
