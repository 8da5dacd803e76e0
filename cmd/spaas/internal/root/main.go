package root

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
)

// Main runs the command line args and returns the exit code. Ctrl-C and SIGTERM
// end the context of the verb, which then leaves things whole; a second one
// ends the process at once.
func Main(f *cli.Factory, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return execute(ctx, f, New(f), args)
}

// execute runs cmd and reports how it ended.
func execute(ctx context.Context, f *cli.Factory, cmd *cobra.Command, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			reportBug(f, args, p, debug.Stack())
			code = cli.Failed
		}
	}()
	cmd.SetArgs(args)
	cmd.SetIn(f.Term.In)
	cmd.SetOut(f.Term.Out)
	cmd.SetErr(f.Term.Err)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return cli.Done
	}
	// A command line that is refused may not have been read up to these flags.
	if slices.Contains(args, "--json") {
		f.Global.JSON = true
	}
	if slices.Contains(args, "--no-color") {
		f.Term.NoColor()
	}
	code = cli.CodeOf(err)
	if ctx.Err() != nil && (code == cli.Failed || errors.Is(err, context.Canceled)) {
		// What fails after Ctrl-C mostly fails because of it: a killed compiler.
		code = cli.Interrupted
	}
	report(f, code, err)
	return code
}
