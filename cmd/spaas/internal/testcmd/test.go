// Package testcmd is `spaas test`.
package testcmd

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/scaffold/gobuild"
)

// Options is what was asked.
type Options struct {
	f *cli.Factory

	Verbose bool
	Args    []string      // of go test
	Config  jobconf.Flags // the config is checked before
}

// New is the verb.
func New(f *cli.Factory) *cobra.Command {
	o := &Options{f: f}
	cmd := &cobra.Command{
		Use:   "test [-- ARGS]",
		Short: "Run the job's own tests",
		Long: `Check the config of the job, then run its tests: go test ./... against the
runtime that this spaas bundles, compiled as spaas build does. What stands after
-- goes to go test; packages among it replace ./...`,
		Example: `spaas test
spaas test -v
spaas test -- -run TestBuild -race
spaas test --env prod`,
		Args: func(cmd *cobra.Command, args []string) error {
			if before := cmd.ArgsLenAtDash(); before > 0 || before < 0 && len(args) > 0 {
				return cli.Misuse(cmd, "what is for go test stands after --: spaas test -- "+strings.Join(args, " "),
					"spaas test takes no argument, but got %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Args = args
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVarP(&o.Verbose, "verbose", "v", false, "show every test, as go test -v does")
	o.Config.AddPlatform(cmd)
	cli.DocumentJSON(cmd, `{"api": 1, "ok": false, "seconds": 1.9, "passed": 7, "failed": 1, "skipped": 0,
 "failures": [{"package": "example.com/clicks", "test": "TestBuild",
   "output": "pipeline_test.go:21: got 3, want 4\n…"}]}
A package that does not compile is a failure without a test.`)
	return cmd
}

func run(ctx context.Context, o *Options) error {
	dir, err := filepath.Abs(o.f.Dir())
	if err != nil {
		return err
	}
	if _, err := config.Load(o.Config.Options(o.f)); err != nil {
		return err
	}
	args := arguments(o)
	cmd, err := gobuild.Command(ctx, dir, args...)
	if err != nil {
		return err
	}
	if slices.Contains(o.Args, "-race") {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=1") // which the race detector needs
	}
	if o.f.Global.JSON {
		return runJSON(ctx, o, cmd)
	}
	o.f.Term.Notef("go %s", strings.Join(args, " "))
	cmd.Stdout, cmd.Stderr = o.f.Term.Out, o.f.Term.Err
	return ended(ctx, cmd.Run())
}

// arguments are those of the go command.
func arguments(o *Options) []string {
	// Trimmed of the paths of this machine, the runtime is compiled once for all
	// jobs, and for spaas build too.
	args := []string{"test", "-trimpath"}
	if o.Verbose {
		args = append(args, "-v")
	}
	if o.f.Global.JSON {
		args = append(args, "-json")
	}
	// Packages come first: what follows -args belongs to the tests.
	if !slices.ContainsFunc(o.Args, isPackage) {
		args = append(args, "./...")
	}
	return append(args, o.Args...)
}

// isPackage reports whether an argument names packages by their folder.
func isPackage(arg string) bool {
	return arg == "." || strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "../")
}

// ended turns the end of go test into that of the verb. What failed, go test has
// said.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return &cli.ExitError{Code: cli.Failed}
	}
	return err
}

// runJSON runs the tests and writes what became of them.
func runJSON(ctx context.Context, o *Options, cmd *exec.Cmd) error {
	var events, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &events, &said
	began := o.f.Now()
	result := ended(ctx, cmd.Run())
	if _, failed := errors.AsType[*cli.ExitError](result); result != nil && !failed {
		return result
	}
	d := documentOf(events.Bytes())
	d.Seconds = float64(o.f.Now().Sub(began).Round(time.Millisecond).Milliseconds()) / 1000
	d.OK = result == nil
	if said.Len() > 0 && !d.OK {
		// The go command itself had something to say, before there were any tests.
		d.Failures = append(d.Failures, failure{Output: said.String()})
	}
	return errors.Join(result, o.f.WriteJSON(d))
}
