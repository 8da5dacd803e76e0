package job

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/registry"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/stream"
)

// plan is a job that is ready to be started.
type plan struct {
	program *stream.Program
	options engine.Options
}

// prepare turns command line, config and code into a plan. Every fault of them
// is reported at once; all are incurable, except that a store or a broker may
// be away for a while.
func (p *process) prepare(told context.Context, build func(*stream.Graph) error) (*plan, error) {
	loaded, err := p.load()
	if err != nil {
		return nil, err
	}
	c := loaded.Job
	p.board.name(c.Namespace, c.Job)
	p.log = p.log.With("job", c.Job, "namespace", c.Namespace)
	planLimits(c.Resources, p.machine, p.env).apply()

	program, err := stream.NewProgram(build, stream.Options{Properties: c.Properties})
	if err != nil {
		return nil, incurable(err)
	}
	graph := program.Graph()
	env := connect.Env{
		Job: c.Job, Namespace: c.Namespace,
		Dir: p.dir, Platform: loaded.Platform,
		Secrets: p.secrets(), Log: p.log, Now: p.now, Stdout: p.stdout,
	}
	store, err := p.store(told, loaded)
	_ = store
	_ = graph
	_ = env
	return nil, err
}

var (
	_ = fmt.Sprint
	_ = maps.Keys[map[int]int]
	_ = slices.Sort[[]int]
	_ = filepath.Join
	_ = time.Now
	_ blob.Store
	_ config.Job
	_ fault.List
	_ = jobapi.StorePrefix
	_ = registry.Connectors
)
