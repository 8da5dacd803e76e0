package job

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/registry"
	"github.com/spaas/spaas/runtime/internal/engine"
)

// connected is a job's configured connectors, or why there are none.
type connected struct {
	sources map[string]engine.Source
	sinks   map[string]engine.Sink
	faults  fault.List
}

// connect makes the connectors of the config. Nothing is opened yet. A name
// that only the code or only the config knows is a fault; whole says that the
// graph is all of the code's.
func (p *process) connect(loaded *config.Loaded, graph *engine.Graph, whole bool) connected {
	made := connected{sources: map[string]engine.Source{}, sinks: map[string]engine.Sink{}}
	c := loaded.Job
	made.faults = loaded.Agree(config.Named{
		Sources: sites(graph, engine.KindSource),
		Sinks:   sites(graph, engine.KindSink),
		Partial: !whole,
	})

	secrets := p.secrets()
	env := func(name string) connect.Env {
		return connect.Env{
			Job: c.Job, Namespace: c.Namespace, Name: name, Dir: p.dir,
			Platform: loaded.Platform, Secrets: secrets, Log: p.log, Now: p.now, Stdout: p.stdout,
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		source, err := sourceOf(env(name), c.Sources[name])
		if err != nil {
			made.faults = append(made.faults, misconfigured(loaded, "source", name, err))
			continue
		}
		made.sources[name] = source
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sinks)) {
		sink, err := sinkOf(env(name), c.Sinks[name])
		if err != nil {
			made.faults = append(made.faults, misconfigured(loaded, "sink", name, err))
			continue
		}
		made.sinks[name] = sink
	}
	return made
}

func sourceOf(env connect.Env, c config.Source) (engine.Source, error) {
	connector, err := registry.Get(c.Connector)
	if err != nil {
		return engine.Source{}, err
	}
	if connector.Source == nil {
		return engine.Source{}, fmt.Errorf("connector %q cannot be read from", c.Connector)
	}
	source, err := connector.Source(connect.SourceConfig{Env: env, Source: c})
	return engine.Source{Source: source, Connector: c.Connector, Format: c.Format(), OnError: c.OnError}, err
}

func sinkOf(env connect.Env, c config.Sink) (engine.Sink, error) {
	connector, err := registry.Get(c.Connector)
	if err != nil {
		return engine.Sink{}, err
	}
	if connector.Sink == nil {
		return engine.Sink{}, fmt.Errorf("connector %q cannot be written to", c.Connector)
	}
	sink, err := connector.Sink(connect.SinkConfig{Env: env, Sink: c})
	if err == nil && connect.Delivery(c.Delivery) == connect.ExactlyOnce && sink.Delivery() == connect.AtLeastOnce {
		err = &fault.Error{
			What: fmt.Sprintf("delivery: connector %q writes at least once, and the config demands exactly once", c.Connector),
			Do:   "choose another connector, or set delivery to at-least-once", Incurable: true,
		}
	}
	return engine.Sink{Sink: sink, Connector: c.Connector, Format: c.Format()}, err
}

// misconfigured says where in the config a connector's fault is. A source or
// sink that is configured wrongly does not get better by a restart.
func misconfigured(loaded *config.Loaded, kind, name string, err error) error {
	return &fault.Error{
		What: fmt.Sprintf("%s %q", kind, name), Where: loaded.Where(kind + "s." + name),
		Err: err, Incurable: true,
	}
}

// sites are the places in the code that name each source or sink.
func sites(graph *engine.Graph, kind engine.Kind) map[string][]string {
	all := map[string][]string{}
	for _, n := range graph.Nodes {
		if n.Kind == kind {
			all[n.Name] = append(all[n.Name], n.Site)
		}
	}
	return all
}

// secrets resolves references, and makes the censor look out for what it found.
func (p *process) secrets() config.SecretResolver {
	return config.NewSecrets(p.host.env, p.dir, p.censor.add)
}

// path makes a path of the config one of this process.
func (p *process) path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.dir, path)
}
