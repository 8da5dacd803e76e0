package scaffold

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// steps are what every CI does, in this order.
var steps = []string{
	".spaas/install",
	"spaas config validate --env staging",
	"spaas config validate --env prod",
	"spaas test",
	"spaas build",
}

// inOrder fails the test unless a text holds the steps, each once and in order.
func inOrder(t *testing.T, text string) {
	t.Helper()
	at := 0
	for _, step := range steps {
		if strings.Count(text, step) != 1 {
			t.Errorf("%q is there %d times", step, strings.Count(text, step))
		}
		i := strings.Index(text, step)
		if i < at {
			t.Errorf("%q comes too early", step)
		}
		at = i
	}
}

func ciFile(t *testing.T, ci, path string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clicks")
	return text(t, newPlan(t, dir, Answers{Template: "windowed", CI: ci, Job: "clicks-by-country"}), path)
}

func TestGitHubWorkflow(t *testing.T) {
	const path = ".github/workflows/spaas.yaml"
	workflow := ciFile(t, "github", path)
	inOrder(t, workflow)
	file := filepath.Join(t.TempDir(), path)
	writeFile(t, file, workflow)
	cmd := exec.Command("go", "tool", "-modfile=.ci/tools/go.mod", "actionlint", "-no-color", file)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
}

func TestGitLabPipeline(t *testing.T) {
	pipeline := ciFile(t, "gitlab", ".gitlab-ci.yml")
	inOrder(t, pipeline)
	// The keys of a job that we use, in the shape that GitLab wants them.
	type job struct {
		Image     string            `yaml:"image"`
		Variables map[string]string `yaml:"variables"`
		Cache     struct {
			Key struct {
				Files []string `yaml:"files"`
			} `yaml:"key"`
			Paths []string `yaml:"paths"`
		} `yaml:"cache"`
		Script    []string `yaml:"script"`
		Artifacts struct {
			Name  string   `yaml:"name"`
			Paths []string `yaml:"paths"`
		} `yaml:"artifacts"`
		Rules []struct {
			If string `yaml:"if"`
		} `yaml:"rules"`
	}
	var jobs map[string]job
	if err := yaml.UnmarshalWithOptions([]byte(pipeline), &jobs, yaml.DisallowUnknownField()); err != nil {
		t.Fatalf("%v\n%s", err, pipeline)
	}
	build, ok := jobs["build"]
	if len(jobs) != 1 || !ok {
		t.Fatalf("the jobs are %v", jobs)
	}
	if build.Artifacts.Paths[0] != "bin/clicks-by-country" || len(build.Rules) != 2 || build.Image != "golang:1.26" {
		t.Errorf("got %+v", build)
	}
	inOrder(t, strings.Join(build.Script, "\n"))
	shell(t, strings.Join(build.Script, "\n"))
}

func TestJenkinsfile(t *testing.T) {
	pipeline := ciFile(t, "jenkins", "Jenkinsfile")
	inOrder(t, pipeline)
	// No Jenkins runs here. What can be seen without: braces match, stages have
	// steps, the sections are those of a declarative pipeline, in its order.
	depth := 0
	var sections []string
	for i, line := range strings.Split(pipeline, "\n") {
		bare := regexp.MustCompile(`'[^']*'|"[^"]*"|//.*`).ReplaceAllString(line, "")
		if depth == 1 && strings.TrimSpace(bare) != "" && strings.TrimSpace(bare) != "}" {
			sections = append(sections, strings.Fields(bare)[0])
		}
		depth += strings.Count(bare, "{") - strings.Count(bare, "}")
		if depth < 0 {
			t.Fatalf("line %d closes what is not open", i+1)
		}
	}
	if depth != 0 {
		t.Errorf("%d braces are not closed", depth)
	}
	if got := strings.Join(sections, " "); got != "agent environment stages post" {
		t.Errorf("the sections are %s", got)
	}
	if stages, withSteps := strings.Count(pipeline, "stage('"), strings.Count(pipeline, "steps {"); stages != 4 || withSteps != stages {
		t.Errorf("%d stages, %d with steps", stages, withSteps)
	}
	for _, m := range regexp.MustCompile(`sh '([^']*)'`).FindAllStringSubmatch(pipeline, -1) {
		shell(t, m[1])
	}
}

// shell fails the test if a script is none for a shell.
func shell(t *testing.T, script string) {
	t.Helper()
	if out, err := exec.Command("sh", "-n", "-c", script).CombinedOutput(); err != nil {
		t.Errorf("sh cannot read this: %s\n%s", out, script)
	}
}

// install runs .spaas/install in a repo with a lock.
func install(t *testing.T, lock string) (out string, err error) {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, ".spaas", "install")
	writeFile(t, script, ciFile(t, "github", ".spaas/install"))
	writeFile(t, filepath.Join(dir, ".spaas", "spaas.lock"), lock)
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(".spaas/install")
	cmd.Dir = dir
	data, err := cmd.CombinedOutput()
	installed := filepath.Join(dir, ".spaas", "bin", "spaas")
	if _, missing := os.Stat(installed); (missing == nil) != (err == nil) {
		t.Errorf("install ended with %v, and the program is there: %t", err, missing == nil)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".spaas", "bin", "download*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
	return string(data), err
}

func TestInstall(t *testing.T) {
	for _, program := range []string{"curl", "sha256sum"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	binary := []byte("#!/bin/sh\necho this is spaas $1\n")
	sum := sha256.Sum256(binary)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/spaas" {
			http.NotFound(w, r)
			return
		}
		w.Write(binary)
	}))
	defer server.Close()
	lock := func(path, sum string) string {
		return fmt.Sprintf("# a comment\nversion: 0.3.1\nurl: %s\nsha256: %s\n", server.URL+path, sum)
	}

	out, err := install(t, lock("/spaas", hex.EncodeToString(sum[:])))
	if err != nil || out != "this is spaas version\n" {
		t.Errorf("%v\n%s", err, out)
	}
	wrong := strings.Repeat("0", 64)
	if out, err = install(t, lock("/spaas", wrong)); err == nil ||
		!strings.Contains(out, "is not what was pinned") || !strings.Contains(out, hex.EncodeToString(sum[:])+", not "+wrong) {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = install(t, lock("/gone", wrong)); err == nil || !strings.Contains(out, "404") {
		t.Errorf("%v\n%s", err, out)
	}
	dev := string(lockFile(maker.Spaas, Release{}).Data)
	if out, err = install(t, dev); err == nil || !strings.Contains(out, "pins no released spaas: version is dev") {
		t.Errorf("%v\n%s", err, out)
	}
	unknown := string(lockFile(maker.Spaas, Release{URL: server.URL + "/spaas"}).Data)
	if out, err = install(t, unknown); err == nil || !strings.Contains(out, "Write version, url and sha256") {
		t.Errorf("%v\n%s", err, out)
	}
}
