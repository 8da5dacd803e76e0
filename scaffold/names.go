package scaffold

import (
	"errors"
	"fmt"
	"go/token"
	"net/mail"
	"regexp"
	"strings"

	"golang.org/x/mod/module"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/scaffold/gitrepo"
)

// refuse is why an answer cannot be taken, and what can be done about it.
func refuse(do, format string, args ...any) *fault.Error {
	return &fault.Error{What: fmt.Sprintf(format, args...), Do: do}
}

var namespaceShape = regexp.MustCompile(`^[a-zA-Z0-9-]{1,128}$`) // Nomad's rule

// goWords are words that the go command reads in its own way where a job's name
// stands: in its module path and among packages.
var goWords = map[string]string{
	"cmd":      "the go command means Go's own commands by it",
	"std":      "the go command means the standard library by it",
	"tool":     "the go command means the tools of a module by it",
	"work":     "the go command means the modules of a workspace by it",
	"main":     "every program of Go is called so",
	"internal": "the go command lets nobody import what is in a folder of that name",
	"vendor":   "the go command takes a folder of that name for copies of modules",
	"testdata": "the go command skips folders of that name",
}

// CheckJob says why a job cannot have a name; nil when it can. Beside the rules
// of spaas.yaml there are Go's: the name is that of a program.
func CheckJob(name string) error {
	if name == "" {
		return refuse("for example clicks-by-country", "the job has no name")
	}
	if err := config.CheckJobName(name); err != nil {
		f, _ := errors.AsType[*fault.Error](err)
		better := strings.TrimPrefix(f.Do, "for example ")
		if CheckJob(better) != nil { // Func is near func, which is no better
			better = ""
		}
		return refuse(example(better), "%s", f.What)
	}
	why, better := goWords[name], name+"-job"
	switch {
	case strings.HasSuffix(name, "-") || strings.Contains(name, "--"):
		why = "each - stands between two letters or digits"
		better = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' }), "-")
	case token.IsKeyword(name):
		why = "it is a keyword of Go"
	}
	if why == "" {
		return nil
	}
	return refuse(example(better), "%q cannot be the name of a job: %s", name, why)
}

func example(name string) string {
	if name == "" {
		return ""
	}
	return "for example " + name
}

// standard are the folders at the top of Go's standard library: a module of such
// a name would stand in the way of the imports of its packages.
var standard = strings.Fields(`archive bufio builtin bytes cmp compress container context crypto database debug
embed encoding errors expvar flag fmt go hash html image index io iter log maps math mime net os path plugin
reflect regexp runtime simd slices sort strconv strings structs sync syscall testing text time unicode unique
unsafe uuid weak`)

// CheckModule says why a Go module cannot have a path; nil when it can.
func CheckModule(path string) error {
	const rule = "write it as HOST/PATH, such as github.com/acme/clicks, or as one plain word"
	if err := module.CheckImportPath(path); err != nil {
		why := err
		if inner := errors.Unwrap(err); inner != nil {
			why = inner
		}
		return refuse(rule, "%q cannot be the path of a Go module: %v", path, why)
	}
	top, _, _ := strings.Cut(path, "/")
	for _, name := range standard {
		if top == name {
			return refuse(rule, "%q cannot be the path of a Go module: the standard library has a package %s", path, name)
		}
	}
	if why := goWords[top]; why != "" {
		return refuse(rule, "%q cannot be the path of a Go module: %s", path, why)
	}
	if path == "github.com/spaas/spaas" {
		return refuse(rule, "%q cannot be the path of a job's module: it is that of spaas", path)
	}
	return nil
}

// CheckRemote says why a repository cannot have a remote; nil when it can.
func CheckRemote(remote, git string) error {
	if git == GitNone {
		return refuse("leave the remote out, or make a repository: git new", "there is no repository that could have a remote")
	}
	if err := gitrepo.CheckRemote(remote); err != nil {
		return refuse("such as git@github.com:acme/clicks.git", "%q cannot be a remote: %v", redacted(remote), err)
	}
	return nil
}

// redacted is a URL without the secret that may stand in it.
func redacted(remote string) string {
	scheme, rest, ok := strings.Cut(remote, "://")
	user, host, found := strings.Cut(rest, "@")
	name, _, secret := strings.Cut(user, ":")
	if !ok || !found || !secret {
		return remote
	}
	return scheme + "://" + name + ":…@" + host
}

// CheckOwner says why somebody cannot be the owner of a job; nil when he can.
func CheckOwner(owner string) error {
	// In a config a $ may begin a reference; in real addresses there is none.
	if address, err := mail.ParseAddress(owner); err != nil || address.Address != owner || strings.Contains(owner, "$") {
		return refuse("the owner is who is paged: growth-data@example.com", "%q is no mail address", owner)
	}
	return nil
}

// CheckNamespace says why Nomad cannot have a namespace; nil when it can.
func CheckNamespace(name string) error {
	if !namespaceShape.MatchString(name) {
		return refuse("it is made of letters, digits and -, at most 128", "%q cannot be a namespace of Nomad", name)
	}
	return nil
}
