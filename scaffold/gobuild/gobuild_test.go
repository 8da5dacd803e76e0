package gobuild

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/spaas/spaas/pkg/fault"
)

// teller is a program that says what it knows of its own making: as much of a
// job as building is about.
var teller = map[string]string{
	"go.mod": `module example.com/teller

go 1.26.0

require github.com/spaas/spaas v0.0.0

replace github.com/spaas/spaas => ./.spaas/runtime
`,
	"main.go": `package main

import (
	"fmt"

	"github.com/spaas/spaas/pkg/version"
)

func main() {
	i := version.Get()
	fmt.Printf("job %s, commit %q, dirty %t, spaas %s", i.Job, i.Commit, i.Dirty, i.Version)
}
`,
	".gitignore": "/bin/\n/.spaas/runtime*/\n",
}

func newJob(t *testing.T, files map[string]string) Job {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		writeFile(t, filepath.Join(dir, name), text)
	}
	return Job{Dir: dir, Name: "teller", Target: Local, Spaas: "0.3.1"}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commitAll makes the job's folder a repository with one commit, always the same.
func commitAll(t *testing.T, dir string) (commit string) {
	t.Helper()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	author := &object.Signature{Name: "Ana", Email: "ana@example.com", When: time.Unix(1_700_000_000, 0).UTC()}
	hash, err := tree.Commit("a job", &git.CommitOptions{Author: author})
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

func build(t *testing.T, job Job) Binary {
	t.Helper()
	binary, err := Build(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func tell(t *testing.T, binary Binary) string {
	t.Helper()
	out, err := exec.Command(binary.Path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestBinaryKnowsItsMaking(t *testing.T) {
	job := newJob(t, teller)
	says := func(when, want string) {
		t.Helper()
		if got := tell(t, build(t, job)); got != want {
			t.Errorf("%s it says %s, want %s", when, got, want)
		}
	}
	says("without a repository", `job teller, commit "", dirty false, spaas 0.3.1`)
	commit := commitAll(t, job.Dir)
	says("after a commit", `job teller, commit "`+commit+`", dirty false, spaas 0.3.1`)
	writeFile(t, filepath.Join(job.Dir, "notes.go"), "package main\n")
	says("with a file in no commit", `job teller, commit "`+commit+`", dirty true, spaas 0.3.1`)
}

// Two folders, two users, two caches, and variables that would change the code:
// the same bytes.
func TestReproducible(t *testing.T) {
	first := newJob(t, teller)
	commitAll(t, first.Dir)
	one := build(t, first)

	second := newJob(t, teller)
	commitAll(t, second.Dir)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("GOCACHE", filepath.Join(home, "cache"))
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOFLAGS", "-tags=other -ldflags=-w")
	t.Setenv("CGO_ENABLED", "1")
	other := build(t, second)

	if one.SHA256 != other.SHA256 {
		t.Errorf("two builds of one commit differ: %s (%d bytes) and %s (%d bytes)", one.SHA256, one.Size, other.SHA256, other.Size)
	}
	data, err := os.ReadFile(other.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{first.Dir, second.Dir, home} {
		if bytes.Contains(data, []byte(path)) {
			t.Errorf("the binary holds the path %s", path)
		}
	}
}

func TestOtherPlatform(t *testing.T) {
	job := newJob(t, teller)
	job.Target = Target{"linux", "arm64"}
	if Local == job.Target {
		job.Target.Arch = "amd64"
	}
	binary := build(t, job)
	head := make([]byte, 20)
	f, err := os.Open(binary.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Read(head); err != nil {
		t.Fatal(err)
	}
	machine := map[byte]string{0xb7: "arm64", 0x3e: "amd64"}[head[18]] // e_machine of ELF
	if machine != job.Target.Arch {
		t.Errorf("built for %s, but the binary is for %s", job.Target, machine)
	}
}

func TestCompileError(t *testing.T) {
	job := newJob(t, teller)
	writeFile(t, filepath.Join(job.Dir, "pipeline.go"), `package main

func one() int { return "text" }

func two() { three() }
`)
	_, err := Build(t.Context(), job)
	compile, ok := errors.AsType[*CompileError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(compile.Output, "./pipeline.go:5:14: undefined: three") {
		t.Errorf("not what the compiler says:\n%s", compile.Output)
	}
	var got []string
	for _, one := range compile.Faults {
		got = append(got, one.Error())
	}
	want := []string{
		`pipeline.go:3:25: cannot use "text" (untyped string constant) as int value in return statement`,
		"pipeline.go:5:14: undefined: three",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(job.Dir, "bin")); err == nil {
		t.Error("a job that does not compile left something in bin/")
	}
}

// fakeGo puts a go command on the PATH that is of some version, and no other.
func fakeGo(t *testing.T, version, toolchain string) {
	dir := t.TempDir()
	script := "#!/bin/sh\necho '{\"GOVERSION\": \"" + version + "\", \"GOTOOLCHAIN\": \"" + toolchain + "\"}'\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

func TestGoMissingOrOld(t *testing.T) {
	job := newJob(t, teller)
	for _, tt := range []struct {
		name, version, toolchain string
		want                     string // what the fault says, "" none
	}{
		{"old and cannot fetch", "go1.20.14", "", "needs Go 1.26.0 or newer, but this is go1.20.14"},
		{"old and may not fetch", "go1.25.1", "local", "needs Go 1.26.0 or newer, but this is go1.25.1"},
		{"old and fetches", "go1.25.1", "auto", ""},
		{"new", "go1.26.8", "local", ""},
		{"newer", "go1.27rc1", "auto", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fakeGo(t, tt.version, tt.toolchain)
			_, err := findGo(t.Context(), job.Dir)
			check(t, err, tt.want, "https://go.dev/dl")
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := Build(t.Context(), job)
		check(t, err, "needs Go 1.26.0 or newer, and there is no go on the PATH", "https://go.dev/dl")
	})
}

// check expects a fault that says what and what to do, or none.
func check(t *testing.T, err error, what, do string) {
	t.Helper()
	if what == "" {
		if err != nil {
			t.Errorf("got %v, want none", err)
		}
		return
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || !strings.Contains(f.What, what) || !strings.Contains(f.Do, do) {
		t.Errorf("got  %v\nwant %s (%s)", err, what, do)
	}
}

func TestNoJob(t *testing.T) {
	_, err := Build(t.Context(), Job{Dir: t.TempDir(), Target: Local})
	check(t, err, "it has no go.mod", "spaas init")
}

func TestModuleThatIsNowhere(t *testing.T) {
	files := map[string]string{}
	for name, text := range teller {
		files[name] = text
	}
	files["go.mod"] = strings.Replace(teller["go.mod"], "replace", "require example.com/gone v1.0.0\n\nreplace", 1)
	files["gone.go"] = "package main\n\nimport _ \"example.com/gone\"\n"
	job := newJob(t, files)
	t.Setenv("GOPROXY", "off")
	_, err := Build(t.Context(), job)
	check(t, err, "missing go.sum entry", "run go mod tidy")
}

// A runtime that cannot be written is said, and nothing is built against what
// happens to lie there.
func TestRuntimeCannotBeWritten(t *testing.T) {
	job := newJob(t, teller)
	writeFile(t, filepath.Join(job.Dir, ".spaas"), "a file where a folder must be")
	_, err := Build(t.Context(), job)
	check(t, err, "the bundled runtime cannot be written", "writable")
}
