package bundle

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const asking = "module example.com/clicks\n\ngo 1.26.0\n\nreplace github.com/spaas/spaas => ./.spaas/runtime\n"

// newJob is a folder with a go.mod, and the path of its runtime.
func newJob(t *testing.T, gomod string) (job, dir string) {
	t.Helper()
	job = t.TempDir()
	overwrite(t, filepath.Join(job, "go.mod"), []byte(gomod))
	return job, filepath.Join(job, ".spaas", "runtime")
}

func refill(t *testing.T, job string) {
	t.Helper()
	if err := Refill(job); err != nil {
		t.Fatal(err)
	}
}

func TestRefillWritesWhatIsMissingOrDifferent(t *testing.T) {
	job, dir := newJob(t, asking)
	version := filepath.Join(dir, "pkg", "version", "version.go")
	for _, spoil := range []struct {
		how string
		do  func() error
	}{
		{"nothing is there", func() error { return nil }},
		{"a file was changed", func() error { overwrite(t, version, []byte("package version\n")); return nil }},
		{"a file is gone", func() error { return os.Remove(version) }},
		{"a file is too many", func() error { return os.WriteFile(filepath.Join(dir, "more.go"), []byte("package spaas"), 0o644) }},
		{"a folder is too many", func() error {
			os.Mkdir(filepath.Join(dir, "old"), 0o755)
			return os.WriteFile(filepath.Join(dir, "old", "old.go"), []byte("package old"), 0o644)
		}},
		{"a file stands in its place", func() error {
			os.RemoveAll(dir)
			return os.WriteFile(dir, []byte("?"), 0o644)
		}},
	} {
		if err := spoil.do(); err != nil {
			t.Fatal(err)
		}
		if holds(dir, Files()) {
			t.Errorf("%s, but it seems right", spoil.how)
		}
		refill(t, job)
		if !holds(dir, Files()) {
			t.Errorf("%s, and refilling did not mend it", spoil.how)
		}
		if left, _ := filepath.Glob(filepath.Join(job, ".spaas", "*")); !slices.Equal(left, []string{dir}) {
			t.Errorf("%s, and refilling left %v", spoil.how, left)
		}
	}
}

func TestRefillLeavesWhatIsRightAlone(t *testing.T) {
	job, dir := newJob(t, asking)
	refill(t, job)
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	refill(t, job)
	after, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("a runtime that was right was replaced")
	}
}

func TestRefillOnlyWhereAsked(t *testing.T) {
	for name, gomod := range map[string]string{
		"released": "module example.com/clicks\n\nrequire github.com/spaas/spaas v0.3.1\n",
		"a clone":  "module example.com/clicks\n\nreplace github.com/spaas/spaas => ../spaas\n",
	} {
		job, dir := newJob(t, gomod)
		refill(t, job)
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a runtime was written", name)
		}
	}
	if err := Refill(t.TempDir()); err != nil {
		t.Errorf("without a go.mod: %v", err)
	}
	job, _ := newJob(t, "modul example.com/clicks\n")
	if err := Refill(job); err == nil || !strings.Contains(err.Error(), "go.mod:1: ") {
		t.Errorf("a go.mod that cannot be read: %v", err)
	}
}

func TestRefillAtTheSameTime(t *testing.T) {
	job, dir := newJob(t, asking)
	for range 5 {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := Refill(job); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if !holds(dir, Files()) {
			t.Fatal("what lies there is not the runtime")
		}
	}
}

func TestFiles(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Files() {
		if seen[f.Path] {
			t.Errorf("%s is there twice", f.Path)
		}
		seen[f.Path] = true
		for _, never := range []string{"_test.go", "testdata/", "testservice/", "cmd/"} {
			if strings.Contains(f.Path, never) {
				t.Errorf("%s is for our own tests or tools", f.Path)
			}
		}
	}
	for _, must := range []string{"go.mod", "go.sum", "LICENSE", "runtime/job/main.go", "pkg/version/version.go"} {
		if !seen[must] {
			t.Errorf("%s is missing", must)
		}
	}
}

func TestReleased(t *testing.T) {
	for version, want := range map[string]bool{
		"0.3.1": true, "1.0.0": true, "0.4.0-rc.1": true,
		"dev": false, "": false, "0.3.1+dirty": false,
		"0.0.0-20261125021641-4c2c8df0a1b2": false, "0.3.2-0.20261125021641-4c2c8df0a1b2": false,
	} {
		if got := Released(version); got != want {
			t.Errorf("Released(%q) = %t", version, got)
		}
	}
}

func BenchmarkRefillOfARightOne(b *testing.B) {
	job := b.TempDir()
	if err := os.WriteFile(filepath.Join(job, "go.mod"), []byte(asking), 0o644); err != nil {
		b.Fatal(err)
	}
	if err := Refill(job); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Refill(job); err != nil {
			b.Fatal(err)
		}
	}
}
