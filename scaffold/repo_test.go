package scaffold

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spaas/spaas/scaffold/gobuild"
	"github.com/spaas/spaas/templates"
)

var update = flag.Bool("update", false, "write the go.mod and go.sum of templates anew")

// make makes a repo in a folder that holds nothing else.
func makeRepo(t *testing.T, dir string, a Answers) *Plan {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	plan := newPlan(t, dir, a)
	if _, err := plan.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	return plan
}

// goTool runs the go command in a repo. It compiles as `spaas build` does, so
// that both find in the cache what the other has compiled, also for a repo in
// another folder; that it works with no variable set at all is a story's matter.
func goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// What is scaffolded is sound: for each template and each CI system it is
// vetted, tested and built. One folder serves for all, so that the go command
// knows what it has compiled already.
func TestEveryRepoIsSound(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the runtime")
	}
	dir := filepath.Join(t.TempDir(), "clicks")
	for _, tmpl := range templates.All {
		for _, ci := range templates.CI {
			plan := makeRepo(t, dir, Answers{Template: tmpl.Name, CI: ci, Job: "clicks"})
			for _, args := range [][]string{{"mod", "verify"}, {"vet", "./..."}, {"test", "./..."}} {
				if out, err := goTool(t.Context(), dir, args...); err != nil {
					t.Fatalf("%s, %s: go %s: %v\n%s", tmpl.Name, ci, strings.Join(args, " "), err, out)
				}
			}
			binary, err := gobuild.Build(t.Context(), gobuild.Job{Dir: dir, Name: "clicks", Target: gobuild.Local, Spaas: "dev"})
			if err != nil {
				t.Fatalf("%s, %s: %v", tmpl.Name, ci, err)
			}
			if binary.Head.Dirty || binary.Head.Commit == "" {
				t.Errorf("%s, %s: a fresh repo is %+v", tmpl.Name, ci, binary.Head)
			}
			if unformatted, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(unformatted) > 0 {
				t.Errorf("%s, %s: gofmt: %v %s", tmpl.Name, ci, err, unformatted)
			}
			t.Logf("%s, %s: %d files, %d bytes of binary", tmpl.Name, ci, len(plan.Files), binary.Size)
		}
	}
}

// go.mod and go.sum are complete: `go mod tidy` has nothing to add or to take
// away, whichever template it is.
func TestGoModIsTidy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "clicks")
	for _, tmpl := range templates.All {
		makeRepo(t, dir, Answers{Template: tmpl.Name, Job: "clicks"})
		if *update {
			updateGoMod(t, dir)
			continue // what is embedded is still what was there before
		}
		if out, err := goTool(t.Context(), dir, "mod", "tidy", "-diff"); err != nil {
			t.Errorf("%s: go mod tidy would change it: make bundle\n%s", tmpl.Name, out)
		}
	}
}

// updateGoMod makes the templates' go.mod and go.sum those of a tidied repo.
func updateGoMod(t *testing.T, dir string) {
	t.Helper()
	if out, err := goTool(t.Context(), dir, "mod", "tidy"); err != nil {
		t.Fatalf("go mod tidy: %v\n%s", err, out)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	const replace = "\nreplace github.com/spaas/spaas => ./.spaas/runtime\n"
	for _, edit := range [][2]string{
		{"module clicks\n", "module [[.Module]]\n"},
		{"github.com/spaas/spaas v0.0.0\n", "github.com/spaas/spaas [[.Version]]\n"},
		{replace, "[[- if .Bundled]]\n" + replace + "[[- end]]\n"},
	} {
		if !bytes.Contains(mod, []byte(edit[0])) {
			t.Fatalf("go.mod has no %q:\n%s", edit[0], mod)
		}
		mod = bytes.Replace(mod, []byte(edit[0]), []byte(edit[1]), 1)
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	common := filepath.Join("..", "templates", "common")
	writeFile(t, filepath.Join(common, "go.mod.tmpl"), string(mod))
	writeFile(t, filepath.Join(common, "go.sum"), string(sum))
}
