// Package cli is what the verbs of spaas share: what they are given
// ([Factory]), how they end ([ExitError], the exit codes), and how their
// arguments are refused.
//
// A verb is a package under cmd/spaas/internal: Options is what was asked, New
// turns the command line into Options, run does it. New is tested by what it
// parses, run by what it does.
package cli

import (
	"os"
	"path/filepath"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/version"
)

// Factory is all that a verb may know of the world around it.
type Factory struct {
	Term    *term.Terminal
	Getenv  func(string) string
	Now     func() time.Time
	Version func() version.Info

	// Global are the flags that every verb has. They are read when a verb runs,
	// not when it is made.
	Global Global
}

// Global are the flags of every verb.
type Global struct {
	Dir     string // -C, --directory: the folder of the job; "" is the working directory
	Env     string // --env: the environment; "" is none
	JSON    bool   // --json: the result as JSON
	Yes     bool   // --yes: every question is answered with yes
	Quiet   bool   // --quiet: no progress, no notices
	NoColor bool   // --no-color
}

// System is the factory of the real process.
func System() *Factory {
	return &Factory{
		Term:    term.System(os.Getenv),
		Getenv:  os.Getenv,
		Now:     time.Now,
		Version: version.Get,
	}
}

// Dir is the folder of the job: that of -C, or ".".
func (f *Factory) Dir() string {
	if f.Global.Dir == "" {
		return "."
	}
	return f.Global.Dir
}

// Path makes a path of the command line one of this process: relative paths
// start at the folder of -C, as they do for git.
func (f *Factory) Path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.Dir(), path)
}
