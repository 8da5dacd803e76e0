package testcmd

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
)

const spaasYAML = `version: 1
job: clicks
sources:
  ticks: {connector: generator, generator: {rate: 1/s}}
sinks:
  out: {connector: stdout}
`

// job is a repo with tests of its own.
func job(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"go.mod": "module example.com/clicks\n\ngo 1.26.0\n", "spaas.yaml": spaasYAML}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// execute runs the verb with a command line.
func execute(t *testing.T, ctx context.Context, global cli.Global, args ...string) (code int, stdout, stderr string, err error) {
	t.Helper()
	screen, out, said := term.Fake()
	f := &cli.Factory{Term: screen, Getenv: os.Getenv, Now: time.Now, Global: global}
	cmd := New(f)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.ExecuteContext(ctx)
	return cli.CodeOf(err), out.String(), said.String(), err
}

const (
	good = "package main\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) {}\nfunc TestSkipped(t *testing.T) { t.Skip() }\n"
	bad  = "package main\n\nimport \"testing\"\n\nfunc TestBad(t *testing.T) { t.Error(\"got 3, want 4\") }\n"
)

func TestPassesThrough(t *testing.T) {
	dir := job(t, map[string]string{"good_test.go": good, "sub/sub_test.go": strings.Replace(good, "main", "sub", 1)})
	code, out, said, err := execute(t, t.Context(), cli.Global{Dir: dir}, "-v", "--", "-run", "Good")
	if code != 0 || !strings.Contains(out, "--- PASS: TestGood") || strings.Contains(out, "TestSkipped") || !strings.Contains(out, "example.com/clicks/sub") {
		t.Errorf("exit code %d: %v\n%s", code, err, out)
	}
	if !strings.Contains(said, "go test -trimpath -v ./... -run Good") {
		t.Errorf("stderr %q", said)
	}
	if _, out, _, _ = execute(t, t.Context(), cli.Global{Dir: dir}, "--", "./sub"); strings.Contains(out, "example.com/clicks\t") {
		t.Errorf("./sub alone was asked for:\n%s", out)
	}
}

func TestFailureIsSaidOnce(t *testing.T) {
	dir := job(t, map[string]string{"bad_test.go": bad})
	code, out, _, err := execute(t, t.Context(), cli.Global{Dir: dir})
	exit, ok := err.(*cli.ExitError)
	if code != cli.Failed || !ok || exit.Err != nil {
		t.Errorf("exit code %d: %v", code, err)
	}
	if !strings.Contains(out, "got 3, want 4") {
		t.Errorf("stdout:\n%s", out)
	}
}

func TestJSON(t *testing.T) {
	dir := job(t, map[string]string{
		"good_test.go": good, "bad_test.go": bad,
		"broken/broken_test.go": "package broken\n\nvar x int = \"y\"\n",
	})
	code, out, _, err := execute(t, t.Context(), cli.Global{Dir: dir, JSON: true})
	var d document
	if code != cli.Failed || json.Unmarshal([]byte(out), &d) != nil {
		t.Fatalf("exit code %d: %v\n%s", code, err, out)
	}
	if d.API != 1 || d.OK || d.Passed != 1 || d.Failed != 1 || d.Skipped != 1 || d.Seconds <= 0 || len(d.Failures) != 2 {
		t.Fatalf("got %+v", d)
	}
	for _, want := range []struct{ pkg, test, output string }{
		{"example.com/clicks", "TestBad", "bad_test.go:5: got 3, want 4"},
		{"example.com/clicks/broken", "", "cannot use \"y\""},
	} {
		found := false
		for _, f := range d.Failures {
			found = found || f.Package == want.pkg && f.Test == want.test && strings.Contains(f.Output, want.output)
		}
		if !found {
			t.Errorf("no failure %+v in %+v", want, d.Failures)
		}
	}

	dir = job(t, map[string]string{"good_test.go": good})
	if code, out, _, err = execute(t, t.Context(), cli.Global{Dir: dir, JSON: true}); code != 0 || !strings.Contains(out, `"ok": true`) {
		t.Errorf("exit code %d: %v\n%s", code, err, out)
	}
}

func TestRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		args  []string
		code  int
		want  string
	}{
		"config":              {map[string]string{"spaas.yaml": spaasYAML + "ownr: me\n"}, nil, cli.Usage, "owner"},
		"no job":              {map[string]string{"go.mod": "modul x\n"}, nil, cli.Failed, "go.mod:1"},
		"arguments before --": {nil, []string{"TestX"}, cli.Usage, "spaas test -- TestX"},
		"both sides of --":    {nil, []string{"TestX", "--", "-v"}, cli.Usage, "but got \"TestX\""},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, _, err := execute(t, t.Context(), cli.Global{Dir: job(t, tt.files)}, tt.args...)
			if code != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("exit code %d, want %d: %v", code, tt.code, err)
			}
		})
	}
}

func TestCtrlC(t *testing.T) {
	dir := job(t, map[string]string{"good_test.go": good})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _, _, err := execute(t, ctx, cli.Global{Dir: dir}); code != cli.Interrupted {
		t.Errorf("exit code %d: %v", code, err)
	}
}
