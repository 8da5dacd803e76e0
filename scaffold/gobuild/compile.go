package gobuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

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
	cmd := exec.CommandContext(ctx, goTool, "build", "-trimpath", "-ldflags", linkerFlags(job, head), "-o", output, ".")
	cmd.Dir = job.Dir
	cmd.Env = environment(job.Target)
	// Interrupted, the go command takes its work folder away with it.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		return fmt.Errorf("running go build: %w", err)
	}
	if faults := compilerFaults(said.String()); len(faults) > 0 {
		return &CompileError{Output: trimmed(said.Bytes()), Faults: faults}
	}
	return &fault.Error{What: "go build failed", Err: errors.New(trimmed(said.Bytes())), Do: remedy(said.String())}
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
	case strings.Contains(said, "dial tcp"), strings.Contains(said, "module lookup disabled"):
		return "a module could not be downloaded: is the module proxy (go env GOPROXY) reachable from here?"
	}
	return ""
}
