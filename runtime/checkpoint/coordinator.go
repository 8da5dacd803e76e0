package checkpoint

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/jobapi"
)

// Options is what a coordinator needs to know.
type Options struct {
	// Store is scoped to the job.
	Store blob.Store
	// Job is the deployment: namespace/job.
	Job string
	// Version of the job's code, for the error that a fenced copy reports.
	Version string
	// Graph is the fingerprint of the job's graph.
	Graph                  string
	KeyGroups, Parallelism int

	// Every is the time from one trigger to the next; 0: only on request.
	Every time.Duration
	// Timeout abandons a checkpoint that is not complete; default 10 minutes.
	Timeout time.Duration
	// MinPause is the least time from the end of one checkpoint to the next trigger.
	MinPause time.Duration
	// Keep says how long checkpoints are kept.
	Keep Keep
	// MaxFailures is how many checkpoints in a row may be abandoned before Run fails; default 10.
	MaxFailures int

	// Tasks are all tasks of the job; each acknowledges each checkpoint.
	Tasks       []TaskID
	Participant Participant
	Committer   Committer
	Now         func() time.Time
	Log         *slog.Logger
}

// Keep is how long checkpoints are kept, by age class: all of them up to All,
// the last of each hour up to Hourly, the last of each day up to Daily. The
// newest are kept whatever it says.
type Keep struct {
	All, Hourly, Daily time.Duration
}

// Participant is the engine, as the coordinator sees it. The methods are called
// on the coordinator's goroutine and must not block.
type Participant interface {
	// Trigger asks every source task for barrier n. Numbers only grow.
	Trigger(n uint64)
	// Cancel says that checkpoint n is given up: tasks that wait for its
	// barriers go on. What sinks pre-committed for it travels on in the next.
	Cancel(n uint64)
}

// Committer makes pre-commits visible. Its calls may take long; they are
// repeated until they succeed or ctx ends.
type Committer interface {
	// Commit makes committables of a decided checkpoint visible. It is
	// idempotent. An error that holds a *LostError says that some can never be
	// committed; any other error is tried again, unless fault.Incurable.
	Commit(ctx context.Context, checkpoint uint64, sink string, committables []json.RawMessage) error
	// Recover aborts, for every sink of the job, everything that earlier
	// generations left uncommitted and that is not in keep (by sink).
	Recover(ctx context.Context, keep map[string][]json.RawMessage) error
}

// Coordinator triggers checkpoints, collects what the tasks acknowledge and
// decides. All methods are safe for concurrent use.
type Coordinator struct{}

// Start reads the decision log, takes a term, resolves the newest decided
// checkpoint, aborts what else was left uncommitted and records a new
// generation. It returns the checkpoint to restore, nil at the first start.
func Start(ctx context.Context, o Options) (*Coordinator, *Manifest, error) { panic("soon") }

// Run triggers and decides checkpoints until ctx is done (nil), or until a
// newer term, too many failures or a lost commit ends this generation.
func (c *Coordinator) Run(ctx context.Context) error { panic("soon") }

// Term is the term of this coordinator, Generation the one it recorded.
func (c *Coordinator) Term() uint64 { panic("soon") }

// Generation is the generation that Start recorded.
func (c *Coordinator) Generation() uint64 { panic("soon") }

// FilePrefix is what the names of all files start with that a task writes for
// checkpoint n. Unique for ever.
func (c *Coordinator) FilePrefix(n uint64, task TaskID) string { panic("soon") }

// Ack reports what a task held at barrier n, when all of it is safe. The
// coordinator owns the snapshot from here on. An Ack of a checkpoint that is
// over is dropped.
func (c *Coordinator) Ack(n uint64, task TaskID, s TaskSnapshot) { panic("soon") }

// Decline reports that a task cannot take part in checkpoint n: it is abandoned.
func (c *Coordinator) Decline(n uint64, task TaskID, reason error) { panic("soon") }

// TaskEnded reports that a task is over and will see no barrier any more. Its
// last snapshot stands for it in every later checkpoint (and in the one that
// is open, if the task has not acknowledged that).
func (c *Coordinator) TaskEnded(task TaskID, last TaskSnapshot) { panic("soon") }

// Savepoint takes a checkpoint that nothing deletes and returns its number
// when it is resolved. Run must be running.
func (c *Coordinator) Savepoint(ctx context.Context) (uint64, error) { panic("soon") }

// Final takes the last checkpoint of this generation and returns its number
// when it is decided and resolved; nothing is triggered after it. An attempt
// that is abandoned is repeated. Run must be running.
func (c *Coordinator) Final(ctx context.Context) (uint64, error) { panic("soon") }

// Status counts the checkpoints of this generation.
func (c *Coordinator) Status() jobapi.CheckpointStats { panic("soon") }
