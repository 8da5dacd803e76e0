package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The waits of a person: whole processes of spaas as it is built for people,
// started anew each time. The marks: version 50 ms, init 1 s, a warm build 5 s,
// and 40 MB for the binary of a job.

// BenchmarkVersion is the start of the command line.
func BenchmarkVersion(b *testing.B) {
	spaas := newCommand(b)
	for b.Loop() {
		spaas.run("version")
	}
}

// BenchmarkInit makes a job's repo, with the runtime, git and first commit.
func BenchmarkInit(b *testing.B) {
	spaas := newCommand(b)
	n := 0
	for b.Loop() {
		n++
		spaas.run("init", fmt.Sprintf("job-%d", n), "--template", "windowed", "--yes")
	}
}

// BenchmarkBuild builds a job whose dependencies are compiled, after a change of
// its code.
func BenchmarkBuild(b *testing.B) {
	spaas := newCommand(b)
	spaas.run("init", "job", "--template", "windowed", "--yes")
	spaas.run("build", "-C", "job")
	pipeline := filepath.Join(spaas.dir, "job", "pipeline.go")
	code, err := os.ReadFile(pipeline)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		n++
		changed := strings.Replace(string(code), "return n + 1", fmt.Sprintf("return n + 1 + %d - %d", n, n), 1)
		if err := os.WriteFile(pipeline, []byte(changed), 0o644); err != nil {
			b.Fatal(err)
		}
		spaas.run("build", "-C", "job")
	}
	binary, err := os.Stat(filepath.Join(spaas.dir, "job", "bin", "job"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(binary.Size())/1e6, "MB-binary")
}

// command is a spaas that was built as `make build` does it.
type command struct {
	b    *testing.B
	path string
	dir  string
}

func newCommand(b *testing.B) command {
	b.Helper()
	c := command{b, filepath.Join(b.TempDir(), "spaas"), b.TempDir()}
	build := exec.Command("go", "build", "-trimpath", "-o", c.path, "github.com/spaas/spaas/cmd/spaas")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return c
}

func (c command) run(args ...string) {
	c.b.Helper()
	cmd := exec.Command(c.path, args...)
	cmd.Dir = c.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		c.b.Fatalf("spaas %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
