// Package initcmd is `spaas init`.
package initcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/scaffold"
	"github.com/spaas/spaas/scaffold/gitrepo"
	"github.com/spaas/spaas/templates"
)

// Options is what was asked.
type Options struct {
	f *cli.Factory

	dir     string // as typed; "" is not said
	file    string // of answers
	dryRun  bool
	answers scaffold.Answers // those of flags
}

// New is the verb.
func New(f *cli.Factory) *cobra.Command {
	o := &Options{f: f}
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make the repo of a new job: code, config, tests, CI, git",
		Long: `Make the repo of a new job in DIR: code that compiles, its tests and sample
input, config, CI, a git repository with a first commit.

On a terminal it asks for what flags and --answers leave open, shows what it
will write, and asks before it does. Elsewhere it asks nothing: DIR and --template
have to be there, the rest has defaults.

DIR is new, empty, or holds nothing of what is written. Whatever happens, the
repo is made whole or not at all.

Templates
` + templateList() + `
Where nothing says who commits (git config user.name and user.email), files are
staged and not committed.`,
		Example: `spaas init
spaas init clicks --template windowed --ci github
spaas init clicks --template skeleton --source generator --dry-run
spaas init clicks-2 --answers clicks/.spaas/answers.yaml --job clicks-2`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = strings.Join(args, "")
			return run(cmd.Context(), o)
		},
	}
	flags, a := cmd.Flags(), &o.answers
	flags.StringVar(&a.Job, "job", "", "`NAME` of the job (default: that of the folder)")
	flags.StringVar(&a.Template, "template", "", "`NAME` of the template")
	flags.StringVar(&a.Source, "source", "", "`CONNECTOR` to read from (default: that of the template)")
	flags.StringVar(&a.Sink, "sink", "", "`CONNECTOR` to write to (default: that of the template)")
	flags.StringVar(&a.Git, "git", "", "git repository, `CHOICE`: new or none (default: new, none inside of another)")
	flags.StringVar(&a.Remote, "remote", "", "`URL` of the repository's origin")
	flags.StringVar(&a.CI, "ci", "", "CI `SYSTEM`: "+strings.Join(templates.CI, ", ")+" (default: none)")
	flags.StringVar(&a.Module, "module", "", "Go module `PATH` (default: that of the remote, or the job's name)")
	flags.StringVar(&a.Owner, "owner", "", "mail `ADDRESS` of who is paged (default: git's user.email)")
	flags.StringVar(&a.Namespace, "namespace", "", "Nomad namespace `NAME` (default: default)")
	flags.StringVar(&a.Runtime, "runtime", "", "where the runtime comes from, `CHOICE`: bundled with spaas, or a Go module\n(default: module for a released spaas)")
	flags.StringVar(&o.file, "answers", "", "`FILE` of answers, such as .spaas/answers.yaml of a job; flags win over it")
	flags.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	complete(cmd)
	cli.DocumentJSON(cmd, `{"api": 1, "dir": "/home/ana/clicks", "dry_run": false,
 "answers": {"job": "clicks", "template": "windowed", "source": "kafka", "sink": "kafka",
             "git": "new", "ci": "github", "module": "clicks",
             "owner": "ana@example.com", "namespace": "default", "runtime": "bundled"},
 "files": [".gitignore", "README.md", "main.go"], "bundled_runtime": true,
 "commit": "3f2c9d1…", "notices": []}`)
	return cmd
}

func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return cli.Misuse(cmd, "", "spaas init takes one folder, but got %q too", args[1])
	}
	return nil
}

// templateList describes the templates for the help.
func templateList() string {
	var b strings.Builder
	for _, t := range templates.All {
		fmt.Fprintf(&b, "  %-9s %s\n            from %s; to %s\n", t.Name, t.About,
			strings.Join(t.Source.Connectors, ", "), strings.Join(t.Sink.Connectors, ", "))
	}
	return b.String()
}

// complete offers what there is for the flags that take one of a few words.
func complete(cmd *cobra.Command) {
	words := map[string][]string{"git": scaffold.Git, "ci": templates.CI, "runtime": scaffold.Runtimes}
	for _, t := range templates.All {
		words["template"] = append(words["template"], cobra.CompletionWithDesc(t.Name, t.About))
		for name, edge := range map[string]templates.Edge{"source": t.Source, "sink": t.Sink} {
			words[name] = append(words[name], edge.Connectors...)
		}
	}
	for name, choices := range words {
		// It fails for a flag that does not exist, which every test would show.
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp))
	}
}

func run(ctx context.Context, o *Options) error {
	if err := o.readAnswers(); err != nil {
		return err
	}
	asks := o.f.Term.CanAsk() && !o.f.Global.Yes && !o.f.Global.JSON
	maker := o.maker()
	if asks {
		if err := o.ask(ctx, maker.Author); err != nil {
			return stopped(err)
		}
	} else if err := o.missing(); err != nil {
		return err
	}
	dir := o.f.Path(o.dir)
	plan, err := scaffold.NewPlan(dir, o.answers.WithDefaults(dir, maker), maker)
	if err != nil {
		return refused(cli.Usage, err)
	}
	if o.dryRun {
		return o.show(plan)
	}
	if asks {
		o.f.Term.Printf("%s", o.review(plan))
		if err := o.confirm(ctx, plan); err != nil {
			return stopped(err)
		}
	}
	made, err := plan.Apply(ctx)
	if err != nil {
		return refused(cli.Failed, err)
	}
	return o.result(plan, made)
}

// readAnswers puts the answers of the file under those of the flags.
func (o *Options) readAnswers() error {
	if o.file == "" {
		return nil
	}
	data, err := os.ReadFile(o.f.Path(o.file))
	if err != nil {
		return cli.Exit(cli.Usage, &fault.Error{What: "the answers cannot be read", Err: err})
	}
	kept, err := scaffold.ParseAnswers(data)
	if err != nil {
		return cli.Exit(cli.Usage, &fault.Error{Where: o.file, What: "these are no answers", Err: err})
	}
	a := &o.answers
	for _, field := range []struct{ flag, kept *string }{
		{&a.Job, &kept.Job}, {&a.Template, &kept.Template}, {&a.Source, &kept.Source}, {&a.Sink, &kept.Sink},
		{&a.Git, &kept.Git}, {&a.Remote, &kept.Remote}, {&a.CI, &kept.CI}, {&a.Module, &kept.Module},
		{&a.Owner, &kept.Owner}, {&a.Namespace, &kept.Namespace}, {&a.Runtime, &kept.Runtime},
	} {
		*field.flag = cmp.Or(*field.flag, *field.kept)
	}
	return nil
}

// maker is this spaas, and whoever uses it.
func (o *Options) maker() scaffold.Maker {
	return scaffold.Maker{
		Spaas:   o.f.Version(),
		Release: release(o.f.Version()),
		Author:  gitrepo.AuthorOf(o.f.Getenv),
		Now:     o.f.Now(),
	}
}

// missing names what has to be said where nobody can be asked.
func (o *Options) missing() error {
	var faults fault.List
	if o.dir == "" {
		faults = append(faults, &fault.Error{What: "DIR is missing: the folder of the job", Do: "spaas init clicks"})
	}
	if o.answers.Template == "" {
		faults = append(faults, &fault.Error{What: "--template is missing: what the job starts from", Do: "--template windowed or skeleton"})
	}
	if faults == nil {
		return nil
	}
	return &cli.ExitError{Code: cli.Usage, Err: faults, Next: "spaas init --help"}
}

// refused gives what a plan or its making says an exit code, which is 4 where the
// folder is full.
func refused(code int, err error) error {
	collision, ok := errors.AsType[*scaffold.CollisionError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return stopped(err)
	case !ok:
		return cli.Exit(code, err)
	}
	return cli.Exit(cli.Refused, &fault.Error{
		Where: collision.Dir,
		What:  "this folder holds some of what would be written: " + strings.Join(collision.Paths, ", "),
		Do:    "nothing was written: move them away, or choose another folder",
	})
}

// stopped is the end of somebody who did not go on.
func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return cli.Exit(cli.Interrupted, errors.New("stopped, and nothing was written"))
	}
	return err
}
