package streamtest

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
	"github.com/spaas/spaas/runtime/stream"
)

// Job is a job at work inside a test. It is used by the test's goroutine.
type Job struct {
	t       testing.TB
	graph   *engine.Graph
	sources map[string]*input
	sinks   map[string]*output
	store   blob.Store
	options settings

	run   *engine.Run
	end   context.CancelFunc
	ended chan struct{} // closed when the run is over
	// over is set when the job is not expected to be running any more.
	over bool
}

// deployment is the name of every job under test.
const namespace, name = "test", "job"

// Run builds a job, runs it while script drives it, and ends it. A job that
// fails, also after the script, fails the test with its reason.
func Run(t *testing.T, build func(*stream.Graph) error, script func(*Job), options ...Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		j := newJob(t, build, options)
		j.start()
		defer j.stop()
		script(j)
		j.settle()
	})
}

func newJob(t testing.TB, build func(*stream.Graph) error, options []Option) *Job {
	t.Helper()
	s := settings{parallelism: 2, properties: map[string]string{}}
	for _, o := range options {
		o(&s)
	}
	program, err := stream.NewProgram(build, stream.Options{Properties: s.properties})
	if err != nil {
		t.Fatalf("the job cannot be built:\n%v", err)
	}
	j := &Job{
		t: t, graph: program.Graph(), options: s, store: blobtest.NewMemory(),
		sources: map[string]*input{}, sinks: map[string]*output{},
	}
	for _, name := range j.graph.Names(engine.KindSource) {
		j.sources[name] = newInput()
	}
	for _, sink := range j.graph.Names(engine.KindSink) {
		j.sinks[sink] = &output{sink: enginetest.NewSink(connect.ExactlyOnce, namespace+"/"+name)}
	}
	return j
}

// start starts a generation: from nothing, or from the newest checkpoint.
func (j *Job) start() {
	j.t.Helper()
	o := engine.Options{
		Namespace: namespace, Job: name, Version: "test", Parallelism: j.options.parallelism,
		Sources: map[string]engine.Source{}, Sinks: map[string]engine.Sink{},
		Store: j.store, Log: slog.New(slog.NewTextHandler(logTo{j.t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for name, in := range j.sources {
		o.Sources[name] = engine.Source{Source: in.source, Connector: "test", Typed: in.decode}
	}
	for name, out := range j.sinks {
		o.Sinks[name] = engine.Sink{Sink: out.sink, Connector: "test", Format: "json"}
	}
	var ctx context.Context
	ctx, j.end = context.WithCancel(context.Background())
	var err error
	if j.run, err = engine.Start(ctx, j.graph, o); err != nil {
		j.end()
		j.t.Fatalf("the job cannot be started:\n%v", explained(err))
	}
	j.ended = make(chan struct{})
	go func(run *engine.Run, ended chan struct{}) {
		_ = run.Wait()
		close(ended)
	}(j.run, j.ended)
	j.settle()
}

// settle returns when the job has done all it can, and fails the test if it has
// failed over it.
func (j *Job) settle() {
	j.t.Helper()
	synctest.Wait()
	if j.over {
		return
	}
	select {
	case <-j.ended:
	default:
		return
	}
	j.over = true
	if err := j.run.Wait(); err != nil {
		j.t.Fatalf("the job has failed:\n%v", explained(err))
	}
}

// stop ends the job when the test is over, however it went.
func (j *Job) stop() {
	j.end()
	<-j.ended
}

// Advance lets event time pass: the watermark of every source moves to t, as if
// an event of that time had come and no earlier one were on its way. Windows
// that end at t or before fire.
func (j *Job) Advance(t time.Time) {
	j.t.Helper()
	for _, in := range j.sources {
		in.source.Advance(split, t)
	}
	j.settle()
}

// Wait lets time on the wall pass.
func (j *Job) Wait(d time.Duration) {
	j.t.Helper()
	time.Sleep(d) // in the bubble: returns at once, after every timer until then
	j.settle()
}

// Checkpoint takes a checkpoint: what sinks were given becomes visible, and a
// crash goes back to here.
func (j *Job) Checkpoint() {
	j.t.Helper()
	if j.over {
		return // its last checkpoint has been taken
	}
	if _, err := j.run.Savepoint(context.Background()); err != nil {
		j.t.Fatalf("the checkpoint failed:\n%v", explained(err))
	}
	j.settle()
}

// Crash ends the job at once, without a checkpoint, and starts it again from
// the newest one: what came after that is read again.
func (j *Job) Crash() {
	j.t.Helper()
	j.stop()
	j.start()
}

// Rescale stops the job with a checkpoint and starts it again with another
// number of subtasks.
func (j *Job) Rescale(parallelism int) {
	j.t.Helper()
	if err := j.run.Stop(context.Background()); err != nil {
		j.t.Fatalf("the job cannot be stopped:\n%v", explained(err))
	}
	j.stop()
	j.options.parallelism = parallelism
	j.start()
}

// Drain ends the input: every window fires, and the job is over.
func (j *Job) Drain() {
	j.t.Helper()
	err := j.run.Drain(context.Background())
	j.over = true
	if err != nil {
		j.t.Fatalf("the job has failed:\n%v", explained(err))
	}
}

// Late is how many events an operator has dropped since the job was last
// started, because they came after the allowed lateness.
func (j *Job) Late(operator string) int64 {
	j.t.Helper()
	var names []string
	for _, op := range j.run.Status().Operators {
		if op.Name == operator {
			return op.Late
		}
		names = append(names, op.Name)
	}
	j.t.Fatalf("the job has no operator %q, but %s", operator, strings.Join(names, ", "))
	return 0
}

// named looks a source or sink up, or fails the test.
func named[V any](j *Job, kind, name string, all map[string]V) V {
	j.t.Helper()
	found, ok := all[name]
	if !ok {
		names := slices.Sorted(maps.Keys(all))
		j.t.Fatalf("the job has no %s %q, but %s. %s", kind, name, strings.Join(names, ", "), fault.DidYouMean(name, names))
	}
	return found
}

// explained is an error as a test shows it: with the stack of a panic.
func explained(err error) error {
	if panicked, ok := errors.AsType[*engine.PanicError](err); ok {
		return errors.Join(err, panicked)
	}
	return err
}

// logTo writes a log to that of the test.
type logTo struct{ t testing.TB }

func (l logTo) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}
