package buildcmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/runtime/stream"
	"github.com/spaas/spaas/scaffold/gitrepo"
	"github.com/spaas/spaas/scaffold/gobuild"
)

// A job is built for the nodes, unless it is to run here.
func TestTarget(t *testing.T) {
	f := &cli.Factory{Version: func() version.Info { return version.Info{Version: "0.3.1"} }}
	loaded := &config.Loaded{
		Job:      config.Job{Job: "clicks"},
		Platform: &config.Platform{Build: config.BuildTarget{OS: "linux", Arch: "arm64"}},
	}
	o := &Options{f: f}
	if job := o.job(loaded); job.Target != (gobuild.Target{OS: "linux", Arch: "arm64"}) || job.Name != "clicks" || job.Spaas != "0.3.1" {
		t.Errorf("for the nodes: %+v", job)
	}
	o.local = true
	if job := o.job(loaded); job.Target != gobuild.Local {
		t.Errorf("for here: %+v", job)
	}
	f.Global.Dir, o.output = "jobs/clicks", "out/clicks"
	if job := o.job(loaded); job.Dir != "jobs/clicks" || job.Output != "jobs/clicks/out/clicks" {
		t.Errorf("in another folder: %+v", job)
	}
}

// twoSinks is a job that writes one of its sinks twice.
func twoSinks(g *stream.Graph) error {
	in := stream.From[string](g, "in")
	long := in.Filter(func(s string) bool { return len(s) > 9 }).Named("long")
	long.To("out")
	in.To("all")
	in.To("out")
	return nil
}

func TestGraph(t *testing.T) {
	program, err := stream.NewProgram(twoSinks, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := &graph{program.Describe()}
	if got, want := g.line(), "in -> long -> all, out"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	named := g.named()
	if len(named.Sources["in"]) != 1 || len(named.Sinks["out"]) != 2 || len(named.Sinks["all"]) != 1 {
		t.Errorf("got %v", named)
	}
	if !slices.ContainsFunc(named.Sinks["out"], func(site string) bool { return strings.Contains(site, "build_test.go:") }) {
		t.Errorf("the places are %v", named.Sinks["out"])
	}
}

func TestCommit(t *testing.T) {
	hash := strings.Repeat("3f2c9d1a", 5)
	for want, head := range map[string]gitrepo.Head{
		"none: the code is in no commit":                  {},
		"3f2c9d1a3f2c":                                    {Commit: hash},
		"3f2c9d1a3f2c, and changes that are in no commit": {Commit: hash, Dirty: true},
	} {
		if got := commit(gobuild.Binary{Head: head}); got != want {
			t.Errorf("%+v: %q, want %q", head, got, want)
		}
	}
}

// A binary that is no job, or one whose graph cannot be built, is said to be so.
func TestDescribeOfNoJob(t *testing.T) {
	_, err := describe(t.Context(), "/bin/echo")
	if err == nil || !strings.Contains(err.Error(), "does not describe itself as a job does") {
		t.Errorf("got %v", err)
	}
	_, err = describe(t.Context(), "/bin/false")
	if err == nil || !strings.Contains(err.Error(), "its graph cannot be") || cli.CodeOf(err) != cli.Usage {
		t.Errorf("got %v", err)
	}
}
