package stream_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
	"github.com/spaas/spaas/runtime/stream"
)

// tb is what a test and a rapid test have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is what outlives the runs of a job.
type world struct {
	in    *enginetest.Source
	out   *enginetest.Sink
	store blob.Store
}

func newWorld(bounded bool) *world {
	return &world{enginetest.NewSource(bounded), enginetest.NewSink(connect.ExactlyOnce, "test/job"), blobtest.NewMemory()}
}

func (w *world) feed(t tb, split string, events ...event) {
	t.Helper()
	w.in.Add(split) // also one without events is a split
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		w.in.AddText(split, string(data))
	}
}

// options are those of a run in the world.
func (w *world) options(parallelism int) engine.Options {
	return engine.Options{
		Job: "job", Namespace: "test", Parallelism: parallelism,
		Sources: map[string]engine.Source{"in": {Source: w.in, Connector: "memory", Format: "json"}},
		Sinks:   map[string]engine.Sink{"out": {Sink: w.out, Connector: "memory", Format: "json"}},
		Store:   w.store, Log: slog.New(slog.DiscardHandler),
	}
}

// results are the visible panes, in the order in which each key's came.
func (w *world) results(t tb) []pane {
	t.Helper()
	var all []pane
	for _, r := range w.out.Records() {
		var p pane
		if err := json.Unmarshal(r.Value, &p); err != nil {
			t.Fatalf("%v: %s", err, r.Value)
		}
		if string(r.Key) != p.Key {
			t.Fatalf("the record key %q of %s", r.Key, r.Value)
		}
		all = append(all, p)
	}
	return all
}

// graph builds a job or fails the test.
func graph(t tb, build func(*stream.Graph) error) *engine.Graph {
	t.Helper()
	p, err := stream.NewProgram(build, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Graph()
}

// byKey sorts results by key and leaves the order of each key's as it is.
func byKey(results []pane) []string {
	slices.SortStableFunc(results, func(a, b pane) int { return strings.Compare(a.Key, b.Key) })
	var lines []string
	for _, p := range results {
		lines = append(lines, p.String())
	}
	return lines
}

// troubles are what becomes of the next creations in a store.
type troubles struct {
	mu   sync.Mutex
	left []blobtest.When
}

func (b *troubles) come(all []blobtest.When) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = all
}

func (b *troubles) next(op blobtest.Op) (blobtest.When, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if op.Kind != "create" || len(b.left) == 0 {
		return blobtest.Works, nil
	}
	when := b.left[0]
	b.left = b.left[1:]
	return when, errors.New("the store fails on purpose")
}

// running is a run that can be ended as a crash ends it.
type running struct {
	*engine.Run
	crash context.CancelFunc
}

// start runs a job in the world. It is called in a bubble. Input comes only when
// every task waits for it: before that, a task that will have no split holds
// time back, and which events are late would depend on who is faster.
func (w *world) start(t tb, build func(*stream.Graph) error, o engine.Options) running {
	t.Helper()
	w.in.Hold(true)
	ctx, cancel := context.WithCancel(context.Background())
	run, err := engine.Start(ctx, graph(t, build), o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	synctest.Wait()
	w.in.Hold(false)
	synctest.Wait()
	return running{run, cancel}
}

// drain ends a run at the end of what it was fed.
func drain(t tb, run running) {
	t.Helper()
	defer run.crash()
	if err := run.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(); err != nil {
		t.Fatal(err)
	}
}

// inBubble checks a property in a bubble of its own time, in which a run can be
// waited for until it waits itself.
func inBubble(t *testing.T, property func(*rapid.T)) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ rapid.TB }{t}, property) // without a deadline, which a bubble has not
	})
}
