// Package runcmd is `spaas run`.
package runcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/scaffold/gobuild"
)

// Options is what was asked.
type Options struct {
	f *cli.Factory

	Inputs    []string      // SOURCE=PATH
	UntilIdle bool          // end when all that was fed is read
	For       time.Duration // end after so long; 0 is never
	Fresh     bool          // forget earlier runs
	Config    jobconf.Flags // --set, and --platform for --env

	// build builds the job's binary for this machine into a file.
	build func(ctx context.Context, dir, name, output string) error
}

// New is the verb.
func New(f *cli.Factory) *cobra.Command {
	o := &Options{f: f, build: func(ctx context.Context, dir, name, output string) error {
		_, err := gobuild.Build(ctx, gobuild.Job{
			Dir: dir, Name: name, Target: gobuild.Local, Output: output, Spaas: f.Version().Version,
		})
		return err
	}}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the job here, on an embedded broker",
		Long: `Run the job on this machine. Every Kafka source and sink of its config is a
topic of a broker inside spaas, and nothing else has to be installed or running.

Files are fed into the topics of sources: those of --input, and for every other
Kafka source testdata/SOURCE.* (.ndjson, .jsonl, .json, .csv, .log, .txt, also with
.gz or .zst), a record a line, to the partitions in turn. What was fed is not fed
again; lines that are added to a file later are.

Results are shown as they come: on a terminal as a table of the newest by key and
window, elsewhere as lines "SINK  RECORD". Warnings and errors of the job are
shown; all of its log is in .spaas/run/job.log.

Ctrl-C takes a final checkpoint and ends the run, and the next run goes on from
there; a second Ctrl-C ends it at once. With --until-idle the input itself ends,
so that every window fires, and the run is over: nothing that comes later would
be read. --fresh starts over: it removes what runs keep in .spaas/run. Files that
sinks have written elsewhere stay.

With --env the job reads and writes the real brokers of that environment, with
its checkpoints in .spaas/run. Files are fed into real topics only where --input
says so, and only after a question.

It exits with 0 also after Ctrl-C, if nothing but Ctrl-C could have ended it. Where
--until-idle or --for asked for another end, Ctrl-C before that is 130. A job that
fails says why, and exits with 1, with 2 where code or config are wrong, or with 4
where going on would harm its results.`,
		Example: `spaas run
spaas run --input clicks=clicks.ndjson.gz --until-idle
spaas run --for 30s --set properties.lateness=1m
spaas run --env staging --platform platform.yaml`,
		Args: cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.For < 0 {
				return cli.Misuse(cmd, "", "--for cannot be %v", o.For)
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.Inputs, "input", nil, "feed the records of a file, folder or glob to a source, `SOURCE=PATH` (repeatable)")
	flags.BoolVar(&o.UntilIdle, "until-idle", false, "end when all input was read: every window fires")
	flags.DurationVar(&o.For, "for", 0, "end after a `TIME` such as 30s, with a final checkpoint")
	flags.BoolVar(&o.Fresh, "fresh", false, "start over: forget what earlier runs fed, read and kept")
	o.Config.AddSet(f, cmd)
	o.Config.AddPlatform(cmd)
	jobconf.CompleteSources(f, cmd, "input")
	cli.DocumentJSON(cmd, `{"api": 1, "job": "clicks", "env": "staging", "ended": "idle", "state": "finished",
 "seconds": 4.2, "in": 10000, "out": 812, "late": 3, "bad": 1,
 "sources": [{"name": "clicks", "connector": "kafka", "fed": 10000,
   "fed_before": 0, "in": 10000, "bad": 1}],
 "sinks": [{"name": "counts", "connector": "kafka", "out": 812,
   "where": "topic counts"}],
 "checkpoints": {"completed": 2, "last": 2, "restored": 1},
 "log": ".spaas/run/job.log", "next": ["spaas run --fresh", …]}
ended is idle, time, interrupt, job (all input ended) or over (it had before);
state is finished or stopped. Results are not shown with --json.`)
	return cmd
}

func run(ctx context.Context, o *Options) error {
	dir, err := filepath.Abs(o.f.Dir())
	if err != nil {
		return err
	}
	env := o.f.Global.Env
	documents := o.Config.Options(o.f)
	if documents.PlatformLater = env == ""; documents.PlatformLater {
		documents.Platform = "" // of no use on the embedded broker
	}
	loaded, err := config.Load(documents)
	if err != nil {
		return err
	}
	inputs, err := inputsOf(loaded, o.Inputs, env == "", o.f.Path)
	if err != nil {
		return err
	}
	if err := o.check(ctx, loaded, inputs); err != nil {
		return err
	}
	for _, in := range inputs {
		if in.kafka.Format == "csv" {
			o.f.Term.Notef("note: records of a topic have no header: the columns of %s must be in the order of the event's fields", in.path)
		}
	}
	folder, err := openFolder(filepath.Join(dir, folderOf(env)))
	if err != nil {
		return err
	}
	defer folder.close()
	s := &session{o: o, loaded: loaded, inputs: inputs, folder: folder, clusters: newClusters(loaded, dir, folder)}
	out, err := o.runOrOver(ctx, dir, s)
	if err == nil {
		err = out.failure()
	}
	if err != nil {
		return err
	}
	if o.f.Global.JSON {
		err = o.f.WriteJSON(out.summary())
	} else {
		o.f.Term.Printf("%s", out.render(o.f.Term))
	}
	if err == nil && out.why == byInterrupt && (o.UntilIdle || o.For > 0) {
		return &cli.ExitError{Code: cli.Interrupted}
	}
	return err
}

// check refuses what could only end badly.
func (o *Options) check(ctx context.Context, loaded *config.Loaded, inputs []input) error {
	if o.UntilIdle && o.For == 0 {
		for _, name := range slices.Sorted(maps.Keys(loaded.Job.Sources)) {
			if s := loaded.Job.Sources[name]; s.Connector == "generator" && s.Generator.Count == 0 {
				return cli.Exit(cli.Usage, &fault.Error{
					What:  fmt.Sprintf("source %q makes records without end, so --until-idle would never end", name),
					Where: loaded.Where("sources." + name + ".connector"),
					Do:    fmt.Sprintf("add --for 30s, or --set sources.%s.generator.count=1000", name),
				})
			}
		}
	}
	if loaded.Env == "" || len(inputs) == 0 || o.f.Global.Yes {
		return nil
	}
	var topics []string
	for _, in := range inputs {
		topics = append(topics, fmt.Sprintf("%s into topic %s", in.path, in.kafka.Topic))
	}
	yes, err := o.f.Term.Confirm(ctx, fmt.Sprintf("Feed %s of environment %s?", strings.Join(topics, " and "), loaded.Env))
	if err == nil && !yes {
		err = &fault.Error{What: "nothing was fed, and nothing was run"}
	}
	if err != nil && ctx.Err() == nil {
		return cli.Exit(cli.Refused, err)
	}
	return err
}

// runOrOver runs the job, unless an earlier run has read all there is to read.
func (o *Options) runOrOver(ctx context.Context, dir string, s *session) (*outcome, error) {
	if _, err := os.Stat(s.folder.in(overName)); err == nil && !o.Fresh {
		return s.over(ctx)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	work := o.f.Term.Progress(plainProgress, o.f.Now)
	work.Stepf("building %s", s.loaded.Job.Job)
	s.binary = s.folder.in(binaryName)
	err := o.build(ctx, dir, s.loaded.Job.Job, s.binary)
	work.Done()
	if compile, ok := errors.AsType[*gobuild.CompileError](err); ok {
		return nil, o.f.RefuseCode(s.loaded.Job.Job, compile.Output, compile.Faults)
	}
	if err != nil {
		return nil, err
	}
	// Only now: a job that does not compile is no reason to lose what it had.
	if o.Fresh {
		if err := s.folder.clear(binaryName); err != nil {
			return nil, err
		}
	}
	s.view = viewOn(o.f.Term, o.f.Global, kafkaSinks(s.loaded.Job), o.f.Now)
	return s.run(ctx)
}
