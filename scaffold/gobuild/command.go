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
	if err := isJob(dir); err != nil {
		return nil, err
	}
	goTool, err := findGo(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := bundle.Refill(dir); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, goTool, args...)
	cmd.Dir = dir
	cmd.Env = environment(Local)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd, nil
}
