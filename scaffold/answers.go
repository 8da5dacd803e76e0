// Package scaffold makes the repo of a job: questions are answered ([Answers]),
// the answers become a list of files ([NewPlan]), which a person can look at,
// and the list becomes a folder ([Plan.Apply]), whole or not at all.
//
// It asks nobody and prints nothing; `spaas init` does.
package scaffold

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/scaffold/bundle"
	"github.com/spaas/spaas/scaffold/gitrepo"
	"github.com/spaas/spaas/templates"
)

// Answers say which repo to make. They are kept in the repo as
// .spaas/answers.yaml; with them the same repo can be made again.
type Answers struct {
	Job       string `yaml:"job" json:"job"`
	Template  string `yaml:"template" json:"template"`
	Source    string `yaml:"source" json:"source"` // connector
	Sink      string `yaml:"sink" json:"sink"`     // connector
	Git       string `yaml:"git" json:"git"`       // Git*
	Remote    string `yaml:"remote,omitempty" json:"remote,omitempty"`
	CI        string `yaml:"ci" json:"ci"`
	Module    string `yaml:"module" json:"module"`       // Go module path
	Owner     string `yaml:"owner" json:"owner"`         // who is paged
	Namespace string `yaml:"namespace" json:"namespace"` // Nomad namespace
	Runtime   string `yaml:"runtime" json:"runtime"`     // Runtime*
}

// Where the runtime comes from that the job is linked with.
const (
	RuntimeBundled = "bundled" // from the spaas at hand, in .spaas/runtime
	RuntimeModule  = "module"  // from a module proxy, as any module does
)

// Runtimes are the answers to where the runtime comes from.
var Runtimes = []string{RuntimeBundled, RuntimeModule}

// What can be done about git: a repository of its own, or none.
const (
	GitNew  = "new"
	GitNone = "none"
)

// Git are the answers to whether there is to be a repository.
var Git = []string{GitNew, GitNone}

// WithDefaults fills in what was left open and follows from the rest: from the
// folder that the repo is made in, the template, the remote, and who makes it.
// Template has no default.
func (a Answers) WithDefaults(dir string, maker Maker) Answers {
	or := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	or(&a.Job, JobOf(dir))
	if t, ok := templates.Get(a.Template); ok {
		or(&a.Source, t.Source.Connectors[0])
		or(&a.Sink, t.Sink.Connectors[0])
	}
	git := GitNew
	if gitrepo.Inside(dir) != "" {
		// A repository inside another is rarely meant.
		git = GitNone
	}
	or(&a.Git, git)
	or(&a.CI, "none")
	or(&a.Module, gitrepo.ModulePath(a.Remote))
	or(&a.Module, a.Job)
	or(&a.Owner, maker.Author.Email)
	or(&a.Owner, a.Job+"@example.com")
	or(&a.Namespace, "default")
	if bundle.Released(maker.Spaas.Version) {
		or(&a.Runtime, RuntimeModule)
	}
	or(&a.Runtime, RuntimeBundled)
	return a
}

// JobOf is the name of a job that fits a folder.
func JobOf(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(filepath.Base(abs), "_", "-"))
}

// Check returns every fault of the answers, each with the answer's name as its
// place. All answers must be there.
func (a Answers) Check() error {
	var faults fault.List
	check := func(where string, err error) {
		if f, ok := errors.AsType[*fault.Error](err); ok {
			f.Where = where
			faults = append(faults, f)
		}
	}
	check("job", CheckJob(a.Job))
	t, ok := templates.Get(a.Template)
	if ok {
		check("source", oneOf("source of template "+t.Name, a.Source, t.Source.Connectors))
		check("sink", oneOf("sink of template "+t.Name, a.Sink, t.Sink.Connectors))
	} else {
		var names []string
		for _, t := range templates.All {
			names = append(names, t.Name)
		}
		check("template", oneOf("template", a.Template, names))
	}
	check("git", oneOf("choice for git", a.Git, Git))
	check("ci", oneOf("CI system", a.CI, templates.CI))
	if a.Remote != "" {
		check("remote", CheckRemote(a.Remote, a.Git))
	}
	check("module", CheckModule(a.Module))
	check("owner", CheckOwner(a.Owner))
	check("namespace", CheckNamespace(a.Namespace))
	check("runtime", oneOf("choice for the runtime", a.Runtime, Runtimes))
	return faults.Err()
}

// oneOf refuses what is not one of a few words.
func oneOf(what, got string, words []string) error {
	if slices.Contains(words, got) {
		return nil
	}
	return refuse("choose "+strings.Join(words, ", "), "%q is no %s", got, what)
}
