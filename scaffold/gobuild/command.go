package gobuild

import (
	"context"
	"os"
	"os/exec"
	"time"

	"github.com/spaas/spaas/scaffold/bundle"
)

// Command prepares a go command in the repo of a job, once the bundled runtime is
// refilled: Command(ctx, dir, "test", "-trimpath", "./..."). It compiles as Build
// does for this machine, so with -trimpath what one has compiled the other has
// in the cache. When ctx ends, it is interrupted as by Ctrl-C.
func Command(ctx context.Context, dir string, args ...string) (*exec.Cmd, error) {
	goTool, err := ready(ctx, dir)
	if err != nil {
		return nil, err
	}
	return goCommand(ctx, goTool, dir, environment(Local), args...), nil
}

// ready finds a go command for the job in a folder, and refills its runtime.
func ready(ctx context.Context, dir string) (goTool string, err error) {
	if err := isJob(dir); err != nil {
		return "", err
	}
	if goTool, err = findGo(ctx, dir); err != nil {
		return "", err
	}
	return goTool, bundle.Refill(dir)
}

// goCommand is a go command in a folder that ends by itself when ctx does.
func goCommand(ctx context.Context, goTool, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, goTool, args...)
	cmd.Dir, cmd.Env = dir, env
	// Interrupted, the go command takes its work folder away with it.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
