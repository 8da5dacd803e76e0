package gobuild

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/scaffold/gitrepo"
)

// CompileError is a job that does not compile.
type CompileError struct {
	Output string     // what the compiler said, word for word
	Faults fault.List // the same, a fault an error, each with file:line:column
}

// Error renders what the compiler said.
func (e *CompileError) Error() string { return "the job does not compile:\n" + e.Output }

// Unwrap returns the faults.
func (e *CompileError) Unwrap() error { return e.Faults }

// compile runs the compiler and the linker.
func compile(ctx context.Context, goTool string, job Job, head gitrepo.Head, output string) error {
	said, err := runGo(ctx, goTool, job.Dir, environment(job.Target),
		"build", "-trimpath", "-ldflags", linkerFlags(job, head), "-o", output, ".")
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		return err
	}
	if faults := compilerFaults(said); len(faults) > 0 {
		return &CompileError{Output: said, Faults: faults}
	}
	return &fault.Error{What: "go build failed", Err: errors.New(said), Do: remedy(said)}
}

// Tidy makes the go.mod and go.sum in a folder fit its code, as `go mod tidy`
// does; modules that nobody has asked for yet are downloaded.
func Tidy(ctx context.Context, dir string) error {
	goTool, err := findGo(ctx, dir)
	if err != nil {
		return err
	}
	said, err := runGo(ctx, goTool, dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod"), "mod", "tidy")
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return &fault.Error{What: "go mod tidy failed", Err: errors.New(said), Do: remedy(said)}
	}
	return err
}

// runGo runs the go command in a folder and returns what it said. The error is
// an [exec.ExitError] when it ran and failed.
func runGo(ctx context.Context, goTool, dir string, env []string, args ...string) (said string, err error) {
	out, err := goCommand(ctx, goTool, dir, env, args...).CombinedOutput()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		err = fmt.Errorf("running go %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), err
}

// position is how the compiler starts the line of a fault.
var position = regexp.MustCompile(`^(?:\./)?([^\s:]+\.go:\d+(?::\d+)?): (.*)$`)

// compilerFaults finds the faults in what the compiler said. A line that is
// indented goes on with the fault before it.
func compilerFaults(said string) fault.List {
	var faults fault.List
	var last *fault.Error
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\n")
		if m := position.FindStringSubmatch(line); m != nil {
			last = &fault.Error{Where: m[1], What: m[2], Do: remedy(m[2])}
			faults = append(faults, last)
		} else if strings.HasPrefix(line, "\t") && last != nil {
			last.What += "\n" + strings.TrimPrefix(line, "\t")
		}
	}
	return faults
}

// remedy says what helps against what the go command said, if that is known.
func remedy(said string) string {
	switch {
	case strings.Contains(said, "missing go.sum entry"), strings.Contains(said, "updates to go.mod needed"):
		return "go.mod and go.sum do not fit the code: run go mod tidy"
	case strings.Contains(said, "no Go files in"), strings.Contains(said, "no non-test Go files in"):
		return "the main package of a job lies at the root of its repo"
	case strings.Contains(said, "dial tcp"), strings.Contains(said, "module lookup disabled"), strings.Contains(said, "404 Not Found"):
		return "a module could not be downloaded: is the module proxy (go env GOPROXY) reachable from here?"
	}
	return ""
}
