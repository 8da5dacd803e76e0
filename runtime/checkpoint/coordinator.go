package checkpoint

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
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
	// Version of the job's code, Host and PID name this process to a copy that it
	// fences. Host and PID default to those of this process.
	Version, Host string
	PID           int
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

	// Tasks are all tasks of the job; each acknowledges each checkpoint. A change
	// of their order changes nothing but names of files.
	Tasks       []TaskID
	Participant Participant
	Committer   Committer
	// Fits says what of a checkpoint the job cannot be restored from, nil: nothing
	// is asked. It is called before anything is written, so that a copy that
	// cannot start does not stop one that runs.
	Fits func(*Manifest) error
	Now  func() time.Time // default time.Now
	Log  *slog.Logger     // default: none
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
	// Recover aborts, for every sink of the job, everything that generations
	// below this one left uncommitted and that is not in keep (by sink). It must
	// not touch what is of this generation or a later one: this process may have
	// been held up here while another took over and went on.
	Recover(ctx context.Context, generation uint64, keep map[string][]json.RawMessage) error
}

// Coordinator triggers checkpoints, collects what the tasks acknowledge and
// decides. All methods are safe for concurrent use.
type Coordinator struct {
	o       Options
	places  map[TaskID]int
	worker  worker
	sweeper sweeper

	mail mailbox
	done chan struct{} // closed when Run returns
	// loop owns what follows.
	protocol *protocol
	waiting  map[int]chan answer // by request
	work     sync.WaitGroup      // errands and sweeps

	term, generation uint64 // fixed when Start returns
	nonce            string
	stats            atomic.Pointer[jobapi.CheckpointStats]
	reason           atomic.Pointer[error] // why there is no checkpoint yet
	requests         atomic.Int64
}

// Start reads the decision log, takes a term, resolves the newest decided
// checkpoint, aborts what else was left uncommitted and records a new
// generation. It returns the checkpoint to restore, nil at the first start. The
// store was probed by the caller. What Start finds wrong with the store is a
// fault; a *FencedError says that yet another process took over meanwhile.
func Start(ctx context.Context, o Options) (*Coordinator, *Manifest, error) {
	c := newCoordinator(o.withDefaults())
	c.protocol.begin(c.o.Now())
	if err := c.loop(ctx, func() bool { return c.protocol.phase == phaseReady }); err != nil {
		return nil, nil, err
	}
	c.term, c.generation, c.nonce = c.protocol.log.Term, c.protocol.log.Generation, c.protocol.nonce
	return c, c.protocol.restored, nil
}

// Run triggers and decides checkpoints until ctx is done (nil), or until a
// newer term (*FencedError), too many failures or lost output ends this
// generation. It is called once.
func (c *Coordinator) Run(ctx context.Context) error {
	defer close(c.done)
	c.protocol.run(c.o.Now())
	err := c.loop(ctx, func() bool { return false })
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Term is the term of this coordinator.
func (c *Coordinator) Term() uint64 { return c.term }

// Generation is the generation that Start recorded.
func (c *Coordinator) Generation() uint64 { return c.generation }

// FilePrefix is what the names of all files start with that a task writes for
// checkpoint n. Unique for ever. A name goes on with letters, digits, dots,
// dashes or underscores.
func (c *Coordinator) FilePrefix(n uint64, task TaskID) string {
	place, known := c.places[task]
	if !known {
		place = len(c.places)
	}
	return filePrefix(identity{n, c.generation, c.term, c.nonce}.String(), place, task)
}

// Ack reports what a task held at barrier n, when all of it is safe. The
// coordinator owns the snapshot from here on. A task reports on every cut that
// it has taken, by Ack or Decline, in the order of their numbers: a report on a
// checkpoint that is over by then still brings its pre-commits, which go into
// the next checkpoint. If the next was acknowledged first, they would miss it,
// and what they hold would be lost with a restart.
func (c *Coordinator) Ack(n uint64, task TaskID, s TaskSnapshot) {
	if _, known := c.places[task]; !known {
		panic(fmt.Sprintf("checkpoint: task %v is none of this job's", task))
	}
	c.mail.post(func(p *protocol, now time.Time) { p.ack(now, n, task, s) })
}

// Decline reports that a task cannot take part in checkpoint n: it is
// abandoned. A task that had taken its cut keeps its pre-commits and brings
// them with its next Ack.
func (c *Coordinator) Decline(n uint64, task TaskID, reason error) {
	c.mail.post(func(p *protocol, now time.Time) { p.decline(now, n, task, reason) })
}

// TaskEnded reports that a task is over and will see no barrier any more. Its
// last snapshot stands for it in every later checkpoint (and in the one that
// is open, if the task has not acknowledged that); its committables are those
// that no Ack or Decline has brought.
func (c *Coordinator) TaskEnded(task TaskID, last TaskSnapshot) {
	c.mail.post(func(p *protocol, now time.Time) { p.taskEnded(now, task, last) })
}

// Savepoint takes a checkpoint that nothing deletes and returns its number
// when it is resolved. An attempt that is abandoned is repeated until ctx is
// done. Run must be running.
func (c *Coordinator) Savepoint(ctx context.Context) (uint64, error) { return c.ask(ctx, false) }

// Final takes the last checkpoint of this generation and returns its number
// when it is decided and resolved; nothing is triggered after it. An attempt
// that is abandoned is repeated, also after ctx is done. Run must be running.
func (c *Coordinator) Final(ctx context.Context) (uint64, error) { return c.ask(ctx, true) }

// Status counts the checkpoints of this generation.
func (c *Coordinator) Status() jobapi.CheckpointStats { return *c.stats.Load() }
