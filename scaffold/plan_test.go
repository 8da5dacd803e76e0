package scaffold

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/templates"
)

// combinations are all that can be answered for a template, as far as it changes files.
func combinations(visit func(Answers)) {
	for _, t := range templates.All {
		for _, source := range t.Source.Connectors {
			for _, sink := range t.Sink.Connectors {
				for _, ci := range templates.CI {
					visit(Answers{Template: t.Name, Source: source, Sink: sink, CI: ci, Job: "clicks-by-country"})
				}
			}
		}
	}
}

func TestPlanOfEveryCombination(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "clicks")
	combinations(func(a Answers) {
		plan := newPlan(t, dir, a)
		paths := plan.paths()
		if dup := slices.Compact(slices.Clone(paths)); !slices.Equal(dup, paths) || !slices.IsSorted(paths) {
			t.Errorf("%+v: a file is planned twice: %v", a, paths)
		}
		for _, f := range plan.Files {
			for _, left := range []string{"[[", "<no value>", "example-kafka-source", "null-sink"} {
				named := left == "example-kafka-source" && a.Source == "kafka" || left == "null-sink" && a.Sink == "blackhole"
				if strings.Contains(f.Path+string(f.Data), left) && !named && !strings.HasSuffix(f.Path, ".sum") {
					t.Errorf("%+v: %s holds %s", a, f.Path, left)
				}
			}
			if !strings.HasSuffix(string(f.Data), "\n") || strings.Contains(string(f.Data), "\n\n\n") || strings.Contains(string(f.Data), " \n") {
				t.Errorf("%+v: %s has blanks or lines too many or too few", a, f.Path)
			}
		}
		for _, must := range []string{"main.go", "pipeline.go", "go.mod", "go.sum", "spaas.yaml", "envs/prod.yaml", "envs/staging.yaml",
			"README.md", ".gitignore", "ops/RUNBOOK.md", ".spaas/answers.yaml", ".spaas/spaas.lock"} {
			if !slices.Contains(paths, must) {
				t.Errorf("%+v: no %s", a, must)
			}
		}
		if slices.Contains(paths, ".spaas/install") == (a.CI == "none") {
			t.Errorf("%+v: .spaas/install is of no use, or missing", a)
		}
	})
}

func text(t *testing.T, p *Plan, path string) string {
	t.Helper()
	i := slices.IndexFunc(p.Files, func(f File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no file %s in %v", path, p.paths())
	}
	return string(p.Files[i].Data)
}

func TestReleasedIsRequiredAsAnyModule(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "clicks")
	released := maker
	released.Spaas = version.Info{Version: "0.3.1"}
	released.Release = Release{"https://example.com/spaas", "9b1e77"}
	plan, err := NewPlan(dir, Answers{Template: "skeleton"}.WithDefaults(dir, released), released)
	if err != nil {
		t.Fatal(err)
	}
	mod := text(t, plan, "go.mod")
	if plan.Bundled || strings.Contains(mod, "replace") || !strings.Contains(mod, "github.com/spaas/spaas v0.3.1\n") {
		t.Errorf("go.mod of a released spaas:\n%s", mod)
	}
	lock := text(t, plan, ".spaas/spaas.lock")
	if !strings.HasSuffix(lock, "\nversion: 0.3.1\nurl: https://example.com/spaas\nsha256: 9b1e77\n") {
		t.Errorf("the lock:\n%s", lock)
	}

	// A released spaas can bundle too, one that was not released can do nothing else.
	for _, bundles := range []Maker{released, maker} {
		plan, err = NewPlan(dir, Answers{Template: "skeleton", Runtime: RuntimeBundled}.WithDefaults(dir, bundles), bundles)
		if err != nil {
			t.Fatal(err)
		}
		if mod := text(t, plan, "go.mod"); !plan.Bundled || !strings.Contains(mod, "replace github.com/spaas/spaas => ./.spaas/runtime\n") {
			t.Errorf("go.mod of a bundled runtime:\n%s", mod)
		}
	}
	if lock := text(t, plan, ".spaas/spaas.lock"); !strings.HasSuffix(lock, "\nversion: dev\nurl:\nsha256:\n") {
		t.Errorf("the lock:\n%s", lock)
	}
	_, err = NewPlan(dir, Answers{Template: "skeleton", Runtime: RuntimeModule}.WithDefaults(dir, maker), maker)
	if err == nil || !strings.Contains(err.Error(), "spaas dev was not released, so no module proxy has its runtime") {
		t.Errorf("got %v", err)
	}
}

func TestCollisions(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), "module mine\n")
	writeFile(t, filepath.Join(dir, "envs"), "a file where a folder goes")
	writeFile(t, filepath.Join(dir, "ops", "other.md"), "no collision")
	writeFile(t, filepath.Join(dir, ".git", "HEAD"), "ref: x\n")
	if err := os.Symlink("nowhere", filepath.Join(dir, "main.go")); err != nil {
		t.Fatal(err)
	}
	before := tree(t, filepath.Join(dir, "ops"))
	_, err := NewPlan(dir, Answers{Template: "skeleton", Job: "clicks", Git: "new"}.WithDefaults(dir, maker), maker)
	collision, ok := errors.AsType[*CollisionError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if want := []string{".git", "envs", "go.mod", "main.go"}; !slices.Equal(collision.Paths, want) {
		t.Errorf("got %v, want %v", collision.Paths, want)
	}
	if after := tree(t, filepath.Join(dir, "ops")); after != before {
		t.Errorf("a plan wrote %s", after)
	}
}

func TestFolders(t *testing.T) {
	plan := newPlan(t, filepath.Join(t.TempDir(), "clicks"), Answers{Template: "windowed", CI: "github"})
	var got []string
	for _, f := range plan.Folders() {
		got = append(got, f.Path+" "+strings.Join(f.Files, " "))
	}
	if got[0] != "./ .gitignore README.md go.mod go.sum main.go pipeline.go pipeline_test.go request.go request_test.go spaas.yaml" ||
		!slices.Contains(got, ".github/workflows/ spaas.yaml") || !slices.Contains(got, "envs/ prod.yaml staging.yaml") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}
