package job

import (
	"sync"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// board is what the process says about itself, whoever asks: the HTTP port, the
// status file, the metrics, the log. It is safe for concurrent use.
type board struct {
	now func() time.Time

	mu     sync.Mutex
	fixed  jobapi.Status        // what does not change
	state  jobapi.State         // where the process is
	reason string               // why it failed, stopped or is not ready yet
	counts func() jobapi.Status // of the engine; nil before it runs
}

// newBoard starts with a job that is starting.
func newBoard(fixed jobapi.Status, now func() time.Time) *board {
	fixed.API = jobapi.Version
	fixed.Started = now().UTC()
	return &board{now: now, fixed: fixed, state: jobapi.Starting, reason: "reading the config"}
}

// name says which job this is, known once the config was read.
func (b *board) name(namespace, job string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fixed.Namespace, b.fixed.Job = namespace, job
}

// listening says where the HTTP port is.
func (b *board) listening(addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fixed.Listen = addr
}

// enter moves the job to a state. A state that is the end of a job is never
// left again: a pause that is answered late must not hide a failure.
func (b *board) enter(state jobapi.State, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state.Over() || b.state == jobapi.Stopping && !state.Over() {
		return
	}
	b.state, b.reason = state, reason
}

// engine hands over where the counts come from.
func (b *board) engine(counts func() jobapi.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts = counts
}

// status is the whole document, as of now.
func (b *board) status() jobapi.Status {
	b.mu.Lock()
	fixed, state, reason, counts := b.fixed, b.state, b.reason, b.counts
	b.mu.Unlock()

	// The engine is asked outside the lock: it has locks of its own.
	var s jobapi.Status
	if counts != nil {
		s = counts()
	}
	s.API = fixed.API
	s.Job, s.Namespace = fixed.Job, fixed.Namespace
	s.Version, s.Runtime = fixed.Version, fixed.Runtime
	s.State, s.Reason = state, reason
	s.Started, s.Now = fixed.Started, b.now().UTC()
	s.PID, s.Listen = fixed.PID, fixed.Listen
	// Readers of the JSON count on lists, never on null.
	if s.Sources == nil {
		s.Sources = []jobapi.SourceStatus{}
	}
	if s.Operators == nil {
		s.Operators = []jobapi.OpStatus{}
	}
	if s.Sinks == nil {
		s.Sinks = []jobapi.SinkStatus{}
	}
	return s
}

// ready reports whether the job does what it was asked to, and if not, why. A
// paused job is ready: it was asked to pause.
func (b *board) ready() (bool, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == jobapi.Running || b.state == jobapi.Paused {
		return true, string(b.state)
	}
	if b.reason == "" {
		return false, string(b.state)
	}
	return false, string(b.state) + ": " + b.reason
}
