// Package version holds what a binary knows about its own making: the version
// of spaas, and the job and commit it was built from.
//
// A spaas binary and a job binary are both programs linked against this
// module, so "commit" is always that of the program, and "version" that of
// spaas: of the spaas itself, or of the runtime a job is linked against.
package version

import (
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
)

// Module is the path of the module that spaas and the runtime live in.
const Module = "github.com/spaas/spaas"

// Facts that the linker may set:
//
//	-ldflags "-X github.com/spaas/spaas/pkg/version.Commit=3f2c9d1…"
//
// What is left empty is taken from the build information that the go command
// records, so that a plain `go build` knows nearly as much. Read them by [Get].
var (
	Version string // of spaas: "0.3.1"
	Commit  string // of the program's repository, as git writes it
	Dirty   string // "true" when the work tree had changes, "false" when not
	Job     string // name of the job, in a job's binary
)

// Info is what a binary knows about its own making.
type Info struct {
	Version string `json:"spaas"`         // of spaas, "dev" when it was not released
	Job     string `json:"job,omitempty"` // empty in spaas itself
	Commit  string `json:"commit"`        // of the program, empty when unknown
	Dirty   bool   `json:"dirty"`         // the work tree had changes
	Go      string `json:"go"`            // "go1.26.0"
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// Get returns what this binary knows.
func Get() Info {
	build, _ := debug.ReadBuildInfo()
	return from(linked{Version, Commit, Dirty, Job}, build)
}

// Code names the code of the program: its short commit, "+dirty" when the work
// tree had changes, "unknown" when there is no commit.
func (i Info) Code() string {
	if i.Commit == "" {
		return "unknown"
	}
	code := i.Commit[:min(len(i.Commit), 12)]
	if i.Dirty {
		code += "+dirty"
	}
	return code
}

// String renders the facts on one line, for people.
func (i Info) String() string {
	name := "spaas " + i.Version
	if i.Job != "" {
		name = fmt.Sprintf("%s %s, spaas %s", i.Job, i.Code(), i.Version)
	} else if i.Commit != "" {
		name += " (" + i.Code() + ")"
	}
	return fmt.Sprintf("%s, %s %s/%s", name, i.Go, i.OS, i.Arch)
}

// linked is what the linker set.
type linked struct{ version, commit, dirty, job string }

// from fills what the linker left open from the build information, which is
// nil in a binary that was built without module support.
func from(l linked, build *debug.BuildInfo) Info {
	info := Info{
		Version: l.version,
		Job:     l.job,
		Commit:  l.commit,
		Dirty:   l.dirty == "true",
		Go:      runtime.Version(),
		OS:      runtime.GOOS,
		Arch:    runtime.GOARCH,
	}
	if build == nil {
		build = &debug.BuildInfo{}
	}
	if info.Version == "" {
		info.Version = moduleVersion(build)
	}
	if info.Job == "" && build.Main.Path != Module {
		info.Job = lastElement(build.Main.Path)
	}
	// Commit and dirty flag belong together: never mix the linker's commit with
	// the go command's flag, they may be of two states of the tree.
	if l.commit == "" {
		settings := make(map[string]string, len(build.Settings))
		for _, s := range build.Settings {
			settings[s.Key] = s.Value
		}
		info.Commit = settings["vcs.revision"]
		info.Dirty = settings["vcs.modified"] == "true"
	}
	return info
}

// moduleVersion finds the version of this module: as the main module, or as
// what a job requires. A module that is replaced by a folder has none.
func moduleVersion(build *debug.BuildInfo) string {
	version := ""
	if build.Main.Path == Module {
		version = build.Main.Version
	}
	for _, dep := range build.Deps {
		if dep.Path != Module {
			continue
		}
		version = dep.Version
		if dep.Replace != nil {
			version = dep.Replace.Version
		}
	}
	if version == "" || version == "(devel)" {
		return "dev"
	}
	return strings.TrimPrefix(version, "v")
}

// lastElement is the last element of a module path that is not a major version.
func lastElement(module string) string {
	base := path.Base(module)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(module))
	}
	if base == "." || base == "/" {
		return ""
	}
	return base
}
