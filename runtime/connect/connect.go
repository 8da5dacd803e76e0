// Package connect is the contract between the engine and the outside world:
// what a source and a sink must do so that results stay right.
//
// A connector lives in a folder of its own below this one and is listed in
// runtime/connect/registry. Connectors deal in raw records; the engine decodes
// and encodes them with the formats of runtime/format.
package connect

import (
	"context"
	"log/slog"
	"time"

	"github.com/spaas/spaas/pkg/config"
)

// Record is one raw record. On the way in, its bytes belong to the garbage
// collector: a reader never reuses them, so decoders may keep views. On the way
// out they are valid only during the call of Write.
type Record struct {
	Key, Value []byte
	// Time is the connector's own time of the record in nanoseconds since 1970
	// (Kafka: the record's timestamp), 0 when it has none.
	Time int64
	// Offset is the record's position in its split.
	Offset  int64
	Headers []Header
}

// Header is one key-value pair beside a record.
type Header struct {
	Key   string
	Value []byte
}

// Split is a part of a source that is read in order by one subtask: a Kafka
// partition, a file, a range of a generator. It is what a checkpoint stores, so
// it says everything that is needed to read on.
type Split struct {
	// ID is stable over the life of the job: "clicks/3", "logs/a.ndjson".
	ID string `json:"id"`
	// Next is the position of the next record to read.
	Next int64 `json:"next"`
	// Ended says that a bounded split was read to its end.
	Ended bool `json:"ended,omitempty"`
	// Identity holds what must still be true when the split is read again:
	// topic id, leader epoch, size of a file. Assign refuses a split whose
	// identity changed, with an incurable fault.
	Identity map[string]string `json:"identity,omitempty"`
}

// Source is one configured source of a job. Its methods may be called from
// several goroutines.
type Source interface {
	// Discover returns the splits that exist now, each at the position where a
	// first start reads it. The engine calls it at start and, for a source that
	// is not Bounded, from time to time; a split that appears later is started
	// at its beginning (found after a restore: Start gives that position).
	Discover(ctx context.Context, why Discovery) ([]Split, error)
	// Open makes the reader of one subtask. The engine opens one a subtask and
	// generation, and closes it.
	Open(ctx context.Context, subtask int) (Reader, error)
	// Bounded says that every split ends by itself.
	Bounded() bool
}

// Discovery says why the engine asks for splits.
type Discovery int

// The reasons of a discovery.
const (
	FirstStart Discovery = iota // of the job: the configured start position holds
	NewSplits                   // found later: from their beginning
	Drain                       // end of input was asked for: positions are where reading must stop
)

// Reader reads the splits of one subtask. It is used by one goroutine, but
// Close may be called while Poll blocks.
type Reader interface {
	// Assign adds splits, to be read from Split.Next.
	Assign(ctx context.Context, splits []Split) error
	// SetLimits ends the named splits at a position: the reader reports them
	// Ended when Next has reached it. This is how a job drains.
	SetLimits(limits map[string]int64) error
	// Poll fills f with records of one split. It blocks until there is at least
	// one record, a split has ended, turned idle or is idle no more although
	// there is no record yet, or ctx is done (then it returns ctx.Err(), and no
	// record is lost: the next Poll goes on). When all splits have ended it returns
	// io.EOF. An error that a retry may cure is retried inside; what Poll returns
	// ends the generation.
	Poll(ctx context.Context, f *Fetch) error
	// Close frees everything. Poll returns soon after.
	Close() error
}

// Fetch is what one Poll brought. The slice of records is reused by the next
// Poll; the bytes they point to are not.
type Fetch struct {
	// Split is the ID of the split that everything below is about.
	Split string
	// Header names the columns of the records, of a source whose records have
	// any (CSV); nil when it is as before.
	Header []byte
	// Records in the order of the split.
	Records []Record
	// Next is the position after the last record: what a checkpoint stores.
	Next int64
	// Watermark says that the source itself knows that, after the records, no
	// event before this time comes in the split, in nanoseconds since 1970; 0
	// where it knows nothing of the kind.
	Watermark int64
	// Identity is what the split's identity is from the first of the records on;
	// nil when it is as before.
	Identity map[string]string
	// Ended says that the split has no more records, ever.
	Ended bool
	// Idle says that a fresh look at the split showed its position at its end
	// (PROTOCOL: never because of throttling, pausing or an open transaction).
	Idle bool
	// Lag is the number of records known to be unread in the split, -1 unknown.
	Lag int64
}

// Delivery is what a sink guarantees after a crash.
type Delivery string

// The deliveries a sink can guarantee.
const (
	AtLeastOnce Delivery = "at-least-once"
	ExactlyOnce Delivery = "exactly-once"
	None        Delivery = "none" // nothing is kept
)

// Committable is what a sink needs to make a pre-commit visible later, perhaps
// in another process. It is stored in the manifest and must say all by itself.
type Committable struct {
	// Deployment names who made it; a sink ignores committables of others.
	Deployment string `json:"deployment"`
	// Data is the sink's own, JSON.
	Data []byte `json:"data"`
}

// Sink is one configured sink of a job. Its methods may be called from several
// goroutines.
type Sink interface {
	// Delivery is what the sink guarantees as configured.
	Delivery() Delivery
	// Recover is called before any Open of a generation: everything that
	// generations of this deployment below it left uncommitted, and that is not
	// in keep, is aborted. What is of this generation or a later one stays: a
	// process that was held up in its start calls Recover perhaps only when
	// another has taken over and works.
	Recover(ctx context.Context, generation uint64, keep []Committable) error
	// Open makes the writer of one subtask and generation.
	Open(ctx context.Context, task Task) (Writer, error)
	// Commit makes committables of a decided checkpoint visible. It is
	// idempotent: after a crash it is called again with the same. An error that
	// is incurable stops the job.
	Commit(ctx context.Context, checkpoint uint64, c []Committable) error
}

// Task says which subtask of which generation a writer belongs to.
type Task struct {
	Deployment string // unique name of the deployment: namespace/job
	Generation uint64
	Subtask    int
	// Header names the columns of the records, for formats that have any (CSV);
	// nil otherwise. A sink that starts files begins each with it.
	Header []byte
}

// Writer writes for one subtask and is used by one goroutine, except Close.
type Writer interface {
	// Write takes records. It may buffer and send later; a failure shows up at
	// the next Write or Precommit at the latest.
	Write(ctx context.Context, records []Record) error
	// Precommit is called at a barrier: everything written before it must be
	// safe when it returns. A sink that commits in a second phase returns what
	// Commit will need; others return nil.
	Precommit(ctx context.Context, checkpoint uint64) ([]Committable, error)
	// Close frees everything; what was not pre-committed may be lost.
	Close() error
}

// Connector is one kind of connector, as the registry lists it.
type Connector struct {
	// Name as it stands in the config: "kafka".
	Name string
	// Doc is one line for people.
	Doc string
	// Source and Sink make configured instances; nil when there is no such side.
	Source func(SourceConfig) (Source, error)
	Sink   func(SinkConfig) (Sink, error)
}

// Env is what every connector is given.
type Env struct {
	Job, Namespace string
	// Name of the source or sink in the config.
	Name string
	// Dir is the folder that relative paths of the config start at.
	Dir string
	// Platform resolves names of clusters and stores.
	Platform *config.Platform
	// Secrets resolves references (${env:…}); never log what it returns.
	Secrets config.SecretResolver
	Log     *slog.Logger
	Now     func() time.Time
	// Stdout is where the stdout connector writes.
	Stdout interface{ Write([]byte) (int, error) }
}

// SourceConfig is a source as configured.
type SourceConfig struct {
	Env
	Source config.Source
}

// SinkConfig is a sink as configured.
type SinkConfig struct {
	Env
	Sink config.Sink
}
