package bundle

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/version"
)

var update = flag.Bool("update", false, "write runtime.mod and runtime.sum anew")

// The runtime's go.mod is this module's after `go mod tidy` had only the bundled
// files to look at: same versions, fewer of them.
func TestGoModOfRuntime(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, Files()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		ours, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, filepath.Join(dir, name), ours)
	}
	run(t, dir, "mod", "tidy")
	for name, kept := range map[string][]byte{"mod": goMod, "sum": goSum} {
		want, err := os.ReadFile(filepath.Join(dir, "go."+name))
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			overwrite(t, "runtime."+name, want)
		} else if !bytes.Equal(kept, want) {
			t.Errorf("runtime.%s is not what the runtime needs: make bundle", name)
		}
	}
}

// jobs import these, their tests too.
var roots = []string{"./runtime/job", "./runtime/stream", "./runtime/streamtest"}

// What is bundled is what jobs need, no package more or less.
func TestNoPackageTooMany(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, Files()); err != nil {
		t.Fatal(err)
	}
	list := func(args ...string) []string {
		args = append([]string{"list", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}"}, args...)
		return slices.DeleteFunc(strings.Fields(run(t, dir, args...)), func(p string) bool { return !strings.HasPrefix(p, version.Module) })
	}
	needed, there := list(append([]string{"-deps"}, roots...)...), list("./...")
	slices.Sort(needed)
	slices.Sort(there)
	if !slices.Equal(there, needed) {
		t.Errorf("bundled %q\nneeded  %q", there, needed)
	}
}

func overwrite(t *testing.T, name string, data []byte) {
	t.Helper()
	_ = os.Remove(name)
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
