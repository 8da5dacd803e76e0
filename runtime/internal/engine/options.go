package engine

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/state"
)

// Options is everything a run needs beside its graph.
type Options struct {
	// Job and Namespace name the deployment, Version the code.
	Job, Namespace, Version string
	// Parallelism is the number of subtasks of each chain; default 1.
	Parallelism int
	// KeyGroups is fixed by the first checkpoint; default 128, at least Parallelism.
	KeyGroups int
	// Rows is how many a batch holds at most; default [DefaultRows].
	Rows int

	// Sources and Sinks are the connectors by the names in the graph. A sink
	// that only rejected records go to is here too.
	Sources map[string]Source
	Sinks   map[string]Sink

	// Store keeps the checkpoints of this job, and of no other.
	Store blob.Store
	// Backend keeps keyed state; default in memory.
	Backend state.Backend

	// CheckpointEvery is the time from one checkpoint to the next; 0: only on request.
	CheckpointEvery time.Duration
	// CheckpointTimeout gives a checkpoint up; default 10 minutes.
	CheckpointTimeout time.Duration
	// CheckpointPause is the least time between two checkpoints.
	CheckpointPause time.Duration
	// CheckpointFailures in a row end the run; default 10.
	CheckpointFailures int
	Keep               checkpoint.Keep

	// IdleAfter is how long a split has nothing to read until it no longer holds
	// time back; default 5 s. Below it, a partition that is only slow would let
	// time pass over its next event.
	IdleAfter time.Duration
	// DiscoverEvery is how often a source that has no end is asked for new
	// splits; default 30 s.
	DiscoverEvery time.Duration

	// Now is the wall clock; default time.Now.
	Now func() time.Time
	// Log takes what an operator should know; default slog.Default.
	Log *slog.Logger
}

// Source is one configured source.
type Source struct {
	Source    connect.Source
	Connector string // as the config names it, for the status
	// Format is what its records are in; default [DefaultFormat].
	Format string
	// OnError is what becomes of a record that cannot be decoded; default fail.
	OnError config.OnError
	// Typed decodes a record into a *T without a format, if it returns true:
	// a test's way to hand over values as they are.
	Typed func(r connect.Record, into any) (bool, error)
}

// Sink is one configured sink.
type Sink struct {
	Sink      connect.Sink
	Connector string
	// Format is what rows are encoded in; empty: the sink wants no bytes and
	// is handed none.
	Format string
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	o.Parallelism = cmp.Or(o.Parallelism, 1)
	o.KeyGroups = cmp.Or(o.KeyGroups, 128)
	o.Rows = cmp.Or(o.Rows, DefaultRows)
	o.CheckpointTimeout = cmp.Or(o.CheckpointTimeout, 10*time.Minute)
	o.CheckpointFailures = cmp.Or(o.CheckpointFailures, 10)
	o.IdleAfter = cmp.Or(o.IdleAfter, 5*time.Second)
	o.DiscoverEvery = cmp.Or(o.DiscoverEvery, 30*time.Second)
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Backend == nil {
		o.Backend = state.Memory()
	}
	return o
}

// deployment is the name that is unique in the cluster.
func (o Options) deployment() string { return o.Namespace + "/" + o.Job }
