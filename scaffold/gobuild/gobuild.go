// Package gobuild builds the binary of a job with the go command: static,
// reproducible, and knowing what it was built from.
//
// The same code gives the same bytes in whichever folder, by whichever user and
// with whichever cache it is built: paths are trimmed, cgo and the go command's
// own stamping are off, and every variable that changes code is pinned. What
// the binary knows of its making is linked in by name (pkg/version).
package gobuild

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/scaffold/bundle"
	"github.com/spaas/spaas/scaffold/gitrepo"
)

// Target is a platform that a job is built for.
type Target struct {
	OS   string // as Go names it: "linux"
	Arch string // "amd64"
}

// Local is the platform of this machine.
var Local = Target{runtime.GOOS, runtime.GOARCH}

// String renders it as os/arch.
func (t Target) String() string { return t.OS + "/" + t.Arch }

// Job is what to build.
type Job struct {
	Dir    string // the job's repo
	Name   string // the job's name, as in spaas.yaml
	Target Target
	Output string // the binary's file; "" is bin/<name> in Dir
	Spaas  string // version of the spaas that builds
}

// Binary is a job that was built.
type Binary struct {
	Path   string
	Size   int64  // bytes
	SHA256 string // hex
	Target Target
	Head   gitrepo.Head
}

// Build refills the bundled runtime and builds the job. A job that does not
// compile is a [*CompileError]; anything else that hinders it (no Go, a Go that
// is too old, a module that is nowhere to be had) is a fault that says what to do.
func Build(ctx context.Context, job Job) (Binary, error) {
	goTool, err := ready(ctx, job.Dir)
	if err != nil {
		return Binary{}, err
	}
	head, err := gitrepo.HeadOf(job.Dir)
	if err != nil {
		return Binary{}, err
	}
	output := job.Output
	if output == "" {
		output = filepath.Join(job.Dir, "bin", job.Name)
	}
	if output, err = filepath.Abs(output); err != nil {
		return Binary{}, err
	}
	if err := compile(ctx, goTool, job, head, output); err != nil {
		return Binary{}, err
	}
	return measure(Binary{Path: output, Target: job.Target, Head: head})
}

// isJob refuses a folder that holds no Go module.
func isJob(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		where, _ := filepath.Abs(dir)
		return &fault.Error{
			What: "this is not the folder of a job: it has no go.mod", Where: where,
			Do: "go to the job's folder, pass it with -C DIR, or make a job with spaas init",
		}
	}
	return nil
}

// environment pins what changes the code that the compiler makes, whatever the
// variables of the caller say. Variables that only say where things are (GOPROXY,
// GOCACHE) stay.
func environment(target Target) []string {
	return append(os.Environ(),
		"GOOS="+target.OS, "GOARCH="+target.Arch, "CGO_ENABLED=0",
		"GOAMD64=v1", "GOARM64=v8.0",
		// Not empty: an empty variable lets the setting of `go env -w` through.
		"GOFLAGS=-buildvcs=false",
		// The job is what its own go.mod says, in whatever workspace it lies.
		"GOWORK=off",
	)
}

// linkerFlags are the facts that the binary knows of its own making.
func linkerFlags(job Job, head gitrepo.Head) string {
	facts := []string{"Job=" + job.Name, "Commit=" + head.Commit, fmt.Sprintf("Dirty=%t", head.Dirty)}
	// A runtime that the go command resolved knows its version by itself.
	if wanted, err := bundle.Wanted(job.Dir); err == nil && wanted {
		facts = append(facts, "Version="+job.Spaas)
	}
	flags := "-s -w"
	for _, fact := range facts {
		flags += " -X " + version.Module + "/pkg/version." + fact
	}
	return flags
}

// measure fills in the size and the sum of a binary that was built.
func measure(b Binary) (Binary, error) {
	f, err := os.Open(b.Path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	sum := sha256.New()
	if b.Size, err = io.Copy(sum, f); err != nil {
		return b, fmt.Errorf("reading the binary: %w", err)
	}
	b.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return b, nil
}
