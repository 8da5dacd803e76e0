package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/enginetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait. It is never reached in a run that passes.
const patience = 20 * time.Second

// table is a coordinator that decides nothing: it triggers when told to and
// keeps what it is told.
type table struct {
	run        *Run
	tasks      int
	generation uint64
	mu         sync.Mutex
	n          uint64
	acks       map[uint64]map[checkpoint.TaskID]checkpoint.TaskSnapshot
	complete   map[uint64]chan struct{}
	one        chan struct{} // a token: one checkpoint at a time
	declined   map[uint64]error
}

func newTable(r *Run) *table {
	one := make(chan struct{}, 1)
	one <- struct{}{}
	return &table{
		run: r, one: one, acks: map[uint64]map[checkpoint.TaskID]checkpoint.TaskSnapshot{},
		complete: map[uint64]chan struct{}{}, declined: map[uint64]error{},
	}
}

func (c *table) Run(ctx context.Context) error  { <-ctx.Done(); return nil }
func (c *table) Term() uint64                   { return 1 }
func (c *table) Generation() uint64             { return c.generation }
func (c *table) Status() jobapi.CheckpointStats { return jobapi.CheckpointStats{} }
func (c *table) FilePrefix(n uint64, t checkpoint.TaskID) string {
	return fmt.Sprintf("%d/%s/%d", n, t.Chain, t.Subtask)
}

func (c *table) Ack(n uint64, t checkpoint.TaskID, s checkpoint.TaskSnapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.acks[n] == nil {
		c.acks[n] = map[checkpoint.TaskID]checkpoint.TaskSnapshot{}
	}
	if _, twice := c.acks[n][t]; twice {
		panic(fmt.Sprintf("%v acknowledges checkpoint %d twice", t, n))
	}
	c.acks[n][t] = s
	if done := c.complete[n]; done != nil && len(c.acks[n]) == c.tasks {
		close(done)
		c.one <- struct{}{}
	}
}

func (c *table) Decline(n uint64, _ checkpoint.TaskID, reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.declined[n]; known {
		return
	}
	c.declined[n] = reason
	close(c.complete[n])
	c.one <- struct{}{}
}

// trigger asks for the next checkpoint, when the one before it is complete, and
// returns what is closed when this one is.
func (c *table) trigger() (uint64, <-chan struct{}) {
	select {
	case <-c.one:
	case <-c.run.ctx.Done():
		return c.n, nil
	}
	c.mu.Lock()
	c.n++
	n, done := c.n, make(chan struct{})
	c.complete[n] = done
	c.mu.Unlock()
	participant{c.run}.Trigger(n)
	return n, done
}

func (c *table) Savepoint(ctx context.Context) (uint64, error) {
	n, done := c.trigger()
	select {
	case <-done:
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (c *table) Final(ctx context.Context) (uint64, error) { return c.Savepoint(ctx) }

// manifest is what a checkpoint would restore.
func (c *table) manifest(n uint64) *checkpoint.Manifest {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &checkpoint.Manifest{
		Checkpoint: n, Generation: c.generation, KeyGroups: 128, Sources: map[string][]checkpoint.SplitState{},
		Operators: map[string][]checkpoint.OperatorSnapshot{}, Committables: map[string][]json.RawMessage{}, Ended: true,
	}
	for _, s := range c.acks[n] {
		for name, splits := range s.Sources {
			m.Sources[name] = append(m.Sources[name], splits...)
		}
		for name, o := range s.Operators {
			m.Operators[name] = append(m.Operators[name], o)
		}
		for sink, all := range s.Committables {
			m.Committables[sink] = append(m.Committables[sink], all...)
		}
		m.Ended = m.Ended && s.Ended
	}
	return m
}

// start runs a graph with the table as its coordinator.
func start(t *testing.T, g *Graph, o Options, restore *checkpoint.Manifest) (*Run, *table) {
	t.Helper()
	r, c, err := tryStart(t, g, o, restore)
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

func tryStart(t *testing.T, g *Graph, o Options, restore *checkpoint.Manifest) (*Run, *table, error) {
	t.Helper()
	o.Job, o.Namespace = "job", "test"
	if o.Store == nil {
		o.Store = blobtest.NewMemory()
	}
	o.Log = slog.New(slog.DiscardHandler)
	r := newRun(t.Context(), g, o)
	c := newTable(r)
	c.generation = 1
	if r.restored = restore; restore != nil {
		c.n, c.generation = restore.Checkpoint, restore.Generation+1
	}
	err := r.build()
	c.tasks = len(r.tasks)
	r.checkpoints = c
	if err == nil && restore != nil {
		err = r.fits(restore)
	}
	if err == nil {
		err = r.load()
	}
	if err != nil {
		return nil, nil, r.failedStart(err)
	}
	r.setToWork()
	t.Cleanup(func() {
		r.end(errOver)
		<-r.done
	})
	return r, c, nil
}

// ended waits for the end of a run.
func ended(t *testing.T, r *Run) error {
	t.Helper()
	select {
	case <-r.done:
		return r.Wait()
	case <-time.After(patience):
		t.Fatal("the run does not end")
		return nil
	}
}

// lines is a graph that copies the source "in" to the sink "out", through a map.
func lines(f func(string) string) *Graph {
	g := &Graph{}
	in := g.Add(&Node{Kind: KindSource, Name: "in", Site: "job.go:1", Type: "string"})
	o := From[string](g, in)
	m := g.Add(&Node{Kind: KindMap, Name: "rewrite", Site: "job.go:2", Type: "string", Inputs: []*Node{in}})
	mapped := Map(&o.Port, m, f)
	To(mapped, g.Add(&Node{Kind: KindSink, Name: "out", Site: "job.go:3", Type: "string", Inputs: []*Node{m}}))
	return g
}

func same(s string) string { return s }

// copying are the options of such a graph.
func copying(from connect.Source, to *enginetest.Sink) Options {
	return Options{
		Sources: map[string]Source{"in": {Source: from, Connector: "memory", Format: "lines"}},
		Sinks:   map[string]Sink{"out": {Sink: to, Connector: "memory", Format: "lines"}},
	}
}

func newOut(d connect.Delivery) *enginetest.Sink { return enginetest.NewSink(d, "test/job") }

type manifest = checkpoint.Manifest

type part = checkpoint.OperatorSnapshot
