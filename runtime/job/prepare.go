package job

import (
	"context"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/state"
	"github.com/spaas/spaas/runtime/stream"
)

// plan is a job that is ready to be started.
type plan struct {
	graph   *engine.Graph
	options engine.Options
}

// prepare turns command line, config and code into a plan. Whatever is wrong
// with them is reported at once. A failure that comes later, because a store or
// a broker is away, may be gone at the next start.
//
// The plan comes back beside an error as far as it was made: with a store in it
// a process that stays up can still answer its control record.
func (p *process) prepare(told context.Context, build func(*stream.Graph) error) (*plan, error) {
	loaded, err := config.Load(config.Options{
		Dir: p.dir, File: p.config, Env: p.flags.env, Platform: p.platform, Set: p.set,
	})
	if err != nil {
		return nil, err
	}
	c := loaded.Job
	p.board.name(c.Namespace, c.Job)
	p.log = p.log.With("job", c.Job, "namespace", c.Namespace)
	planLimits(c.Resources, p.machine, p.host.env).apply()

	properties, faults := p.properties(loaded)
	program, err := stream.NewProgram(build, stream.Options{Properties: properties})
	whole := err == nil
	faults = faults.Add(incurable(err))
	backend, err := state.BackendOf(c.State.Backend)
	faults = faults.Add(err)
	made := p.connect(loaded, program.Graph(), whole)
	faults = append(faults, made.faults...)

	store, err := p.store(loaded)
	faults = faults.Add(err)
	if len(faults) > 0 {
		return &plan{options: engine.Options{Store: store}}, faults
	}
	ready := &plan{graph: program.Graph(), options: engine.Options{
		Job: c.Job, Namespace: c.Namespace, Version: p.build.Code(),
		Parallelism: c.Resources.Parallelism, KeyGroups: c.State.KeyGroups,
		Sources: made.sources, Sinks: made.sinks,
		Store: store, Backend: backend,
		CheckpointEvery:   c.Checkpoint.Every.Std(),
		CheckpointTimeout: c.Checkpoint.Timeout.Std(),
		CheckpointPause:   c.Checkpoint.MinPause.Std(),
		Keep: checkpoint.Keep{
			All: c.Checkpoint.Keep.All.Std(), Hourly: c.Checkpoint.Keep.Hourly.Std(), Daily: c.Checkpoint.Keep.Daily.Std(),
		},
		Now: p.now, Log: p.log,
	}}
	return ready, store.Probe(told)
}

// incurable marks the faults of code: the next start would run the same.
func incurable(err error) error {
	if err == nil || fault.Incurable(err) {
		return err
	}
	return &fault.Error{What: "the job cannot be built", Err: err, Do: "mend Build, and build the job again", Incurable: true}
}

// defaultStore is the folder of checkpoints of a config that names no store,
// below the folder of the job.
const defaultStore = ".spaas/state"

// store is the job's own folder of the checkpoint store.
func (p *process) store(loaded *config.Loaded) (blob.Store, error) {
	folder := defaultStore
	if name := loaded.Job.Checkpoint.Store; name != "" {
		folder = loaded.Platform.Stores[name].Folder
	}
	prefix := jobapi.StorePrefix(loaded.Job.Namespace, loaded.Job.Job)
	return blob.Sub(blob.NewFolder(p.path(folder)), prefix), nil
}
