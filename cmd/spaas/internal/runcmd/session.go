package runcmd

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobprocess"
	"github.com/spaas/spaas/cmd/spaas/internal/localbroker"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

// session is one run of a job: everything that is started for it, in order, and
// ended in reverse.
type session struct {
	o        *Options
	loaded   *config.Loaded
	inputs   []input
	folder   *folder
	clusters *clusters
	binary   string
	view     view
	set      []string // of the job's config

	closers []func()
}

// What a run keeps in its folder, beside what the job and the feeding keep.
const (
	brokerName      = "broker"
	brokerLogName   = "broker.log"
	checkpointsName = "checkpoints"
	platformName    = "platform.yaml"
	binaryName      = "job"
	overName        = "over" // the job has read all its input to the end
)

// run runs the job and returns how it went. An error is one of the run; why the
// job failed is in the outcome.
func (s *session) run(ctx context.Context) (*outcome, error) {
	defer s.close()
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	following, err := s.clusters.follow(ctx, s.loaded.Job.Sinks, s.view.results)
	if err != nil {
		return nil, err
	}
	defer following.close()
	began := s.o.f.Now()
	job, err := s.start()
	if err != nil {
		return nil, err
	}
	// Whatever happens below: the job is over when this returns.
	defer func() { job.Kill(); <-job.Done() }()

	s.introduce()
	feeding := startFeeding(ctx, s.clusters, s.inputs)
	defer feeding.stop()
	out := &outcome{session: s}
	out.why, err = attended{
		job: job, view: s.view, fed: feeding.done,
		untilIdle: s.o.UntilIdle, limit: s.o.For, now: s.o.f.Now,
	}.attend(ctx)
	out.fed = feeding.stop()
	s.catchUp(ctx, following)
	out.took, out.exit = s.o.f.Now().Sub(began), job.Exit()
	out.status, _ = job.Status()
	if out.status.State == jobapi.Finished && err == nil {
		err = os.WriteFile(s.folder.in(overName), nil, 0o644)
	}
	return out, err
}

// over is the outcome where an earlier run has read all of the input to its end.
// What came since would not be read, so it is refused.
func (s *session) over(ctx context.Context) (*outcome, error) {
	all, err := allFed(ctx, s.clusters, s.inputs)
	if err == nil && !all {
		err = cli.Exit(cli.Refused, &fault.Error{
			What: "there is new input, but the run here is over: its input had ended, and every window has fired",
			Do:   s.spaas("run --fresh") + " starts over",
		})
	}
	return &outcome{session: s, why: byOver}, err
}

// close ends what was opened.
func (s *session) close() {
	for _, c := range slices.Backward(s.closers) {
		c()
	}
	s.view.close()
}

// open opens the broker with the topics of the job, and writes what tells the
// job about it. With an environment there is no broker of ours.
func (s *session) open(ctx context.Context) error {
	if s.clusters.local {
		log, err := os.Create(s.folder.in(brokerLogName))
		if err != nil {
			return err
		}
		s.closers = append(s.closers, func() { log.Close() })
		broker, err := localbroker.Open(s.folder.in(brokerName), log)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, broker.Close)
		if err := broker.Ensure(ctx, topicsOf(s.loaded.Job)); err != nil {
			return err
		}
		s.clusters.address = broker.Addr()
	}
	s.closers = append(s.closers, s.clusters.close)
	doc, set := platformOf(s.loaded, s.clusters.address, s.folder.in(checkpointsName))
	s.set = append(slices.Clone(s.o.Config.Set), set...)
	return writePlatform(s.folder.in(platformName), doc)
}

// topicsOf are the topics that a job reads and writes, with as many partitions
// as it has subtasks to read them.
func topicsOf(job config.Job) []localbroker.Topic {
	var names []string
	for _, source := range job.Sources {
		if source.Connector == "kafka" {
			names = append(names, source.Kafka.Topic)
		}
	}
	for _, sink := range job.Sinks {
		if sink.Connector == "kafka" {
			names = append(names, sink.Kafka.Topic)
		}
	}
	topics := make([]localbroker.Topic, len(names))
	for i, name := range names {
		topics[i] = localbroker.Topic{Name: name, Partitions: max(job.Resources.Parallelism, 1)}
	}
	return topics
}

// introduce says what is where.
func (s *session) introduce() {
	if s.clusters.local {
		s.view.notef("broker at %s, log in %s", s.clusters.address, s.shown(jobprocess.LogPath(s.folder.path)))
	}
	for _, source := range kafkaSources(s.loaded) {
		if s.clusters.local && !slices.ContainsFunc(s.inputs, func(in input) bool { return in.source == source }) {
			s.view.notef("nothing is fed to source %s: there is no testdata/%s.*, and no --input %s=PATH", source, source, source)
		}
	}
}

// kafkaSinks are the sinks that write Kafka, sorted.
func kafkaSinks(job config.Job) []string {
	var names []string
	for name, sink := range job.Sinks {
		if sink.Connector == "kafka" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// start starts the job.
func (s *session) start() (*jobprocess.Process, error) {
	dir, err := filepath.Abs(s.o.f.Dir())
	if err != nil {
		return nil, err
	}
	args := []string{"--dir", dir, "--platform", s.folder.in(platformName)}
	if s.loaded.Env != "" {
		args = append(args, "--env", s.loaded.Env)
	}
	for _, set := range s.set {
		args = append(args, "--set", set)
	}
	return jobprocess.Start(jobprocess.Command{
		Binary: s.binary, Args: args, Dir: dir, Folder: s.folder.path,
		Stdout: &lines{to: s.view.line}, OnLog: s.view.logged,
	})
}

// catchUpTime is how long the end of a run waits for its last results.
const catchUpTime = 5 * time.Second

// catchUp shows the last results: those of the final checkpoint. Ctrl-C does not
// cut it short, because that is what asked for them.
func (s *session) catchUp(ctx context.Context, f *followers) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), catchUpTime)
	defer cancel()
	if err := f.catchUp(ctx); err != nil {
		s.view.notef("some of the last results may not be shown: %v", err)
	}
}
