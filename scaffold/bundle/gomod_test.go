package bundle

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
			t.Errorf("runtime.%s is not what the runtime needs: go test ./scaffold/... -update", name)
		}
	}
	if got := run(t, dir, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./..."); strings.Contains(got, "testservice") {
		t.Errorf("the bundled runtime links test services:\n%s", got)
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
