// Package buildcmd is `spaas build`.
package buildcmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/scaffold/gobuild"
)

// Options is what was asked.
type Options struct {
	f *cli.Factory

	local  bool
	output string
	conf   jobconf.Flags
}

// New is the verb.
func New(f *cli.Factory) *cobra.Command {
	o := &Options{f: f}
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Build the job's binary, for the servers or this machine",
		Long: `Build the binary of the job: static, and the same bytes wherever the same commit
is built. It is linked against the runtime that its go.mod asks for, knows the
commit it was built from, and what it reads and writes: bin/JOB describe.

It is built for the platform of the nodes: linux/amd64, unless the platform
document says otherwise. Where that is this machine's platform too, the binary is
asked what it is made of, and code and config must name the same sources and sinks.`,
		Example: `spaas build
spaas build --local
spaas build --env prod --output /tmp/clicks`,
		Args: cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.local, "local", false, "for this machine instead of the nodes")
	flags.StringVar(&o.output, "output", "", "`FILE` to write (default bin/JOB)")
	o.conf.AddPlatform(cmd)
	cli.DocumentJSON(cmd, `{"api": 1, "job": "clicks", "path": "/home/ana/clicks/bin/clicks",
 "size": 19660800, "sha256": "9b1e77…", "os": "linux", "arch": "amd64",
 "commit": "3f2c9d1…", "dirty": false, "spaas": "0.3.1",
 "graph": {"sources": ["requests"], "operators": ["requests-per-status"],
           "sinks": ["archive", "counts"]}}
"graph" is absent where the binary cannot run on this machine.`)
	return cmd
}

func run(ctx context.Context, o *Options) error {
	loaded, err := config.Load(o.conf.Options(o.f))
	if err != nil {
		return err
	}
	progress := o.f.Term.Progress(time.Second, o.f.Now)
	defer progress.Done()
	job := o.job(loaded)
	progress.Stepf("building %s for %s", job.Name, job.Target)
	binary, err := gobuild.Build(ctx, job)
	progress.Done()
	if compile, ok := errors.AsType[*gobuild.CompileError](err); ok {
		return o.f.RefuseCode(loaded.Job.Job, compile.Output, compile.Faults)
	}
	if err != nil {
		return err
	}
	var made *graph
	if binary.Target == gobuild.Local {
		if made, err = describe(ctx, binary.Path); err != nil {
			return err
		}
		if faults := loaded.Agree(made.named()); len(faults) > 0 {
			return faults
		}
	}
	return o.result(loaded, binary, made)
}

// job is what to build.
func (o *Options) job(loaded *config.Loaded) gobuild.Job {
	nodes := loaded.Platform.Build
	job := gobuild.Job{
		Dir: o.f.Dir(), Name: loaded.Job.Job, Spaas: o.f.Version().Version,
		Output: o.f.Path(o.output),
		Target: gobuild.Target{OS: nodes.OS, Arch: nodes.Arch},
	}
	if o.local {
		job.Target = gobuild.Local
	}
	return job
}

// document is the result with --json.
type document struct {
	API    int    `json:"api"`
	Job    string `json:"job"`
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"`
	Spaas  string `json:"spaas"`
	Graph  *names `json:"graph,omitempty"`
}

func (o *Options) result(loaded *config.Loaded, b gobuild.Binary, made *graph) error {
	if o.f.Global.JSON {
		d := document{
			API: cli.API, Job: loaded.Job.Job, Path: b.Path, Size: b.Size, SHA256: b.SHA256,
			OS: b.Target.OS, Arch: b.Target.Arch, Commit: b.Head.Commit, Dirty: b.Head.Dirty, Spaas: o.f.Version().Version,
		}
		if made != nil {
			d.Graph = made.names()
		}
		return o.f.WriteJSON(d)
	}
	t := o.f.Term
	var table term.Table
	table.Row(t.Bold(loaded.Job.Job), o.shown(b.Path))
	table.Row("platform", b.Target.String())
	table.Row("size", fmt.Sprintf("%.1f MiB", float64(b.Size)/(1<<20)))
	table.Row("sha256", b.SHA256)
	table.Row("commit", commit(b))
	table.Row("spaas", o.f.Version().Version)
	if made != nil {
		table.Row("graph", made.line())
	}
	t.Printf("%s", table.Render(t))
	return nil
}

// shown is a path as it is typed here.
func (o *Options) shown(path string) string {
	dir, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	if below, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(below) {
		return below
	}
	return path
}

// commit says which code it is.
func commit(b gobuild.Binary) string {
	switch {
	case b.Head.Commit == "":
		return "none: the code is in no commit"
	case b.Head.Dirty:
		return b.Head.Commit[:12] + ", and changes that are in no commit"
	}
	return b.Head.Commit[:12]
}
