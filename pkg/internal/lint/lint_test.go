package lint

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/spaas/spaas"

// below says which of our top-level folders each may import. Arrows go down
// only: cmd -> scaffold, deploy, runtime -> pkg.
var below = map[string][]string{
	"":          {"runtime", "pkg"}, // the root package embeds the runtime's source
	"cmd":       {"", "scaffold", "deploy", "runtime", "templates", "pkg"},
	"scaffold":  {"", "templates", "pkg"},
	"deploy":    {"runtime", "pkg"},
	"templates": {"runtime", "pkg"}, // they are jobs
	"runtime":   {"pkg"},
	"pkg":       {},
}

// neverInAJob are packages that only the CLI may link: a job stays small, and a
// fault in a prompt library is no fault of a job.
var neverInAJob = []string{
	"github.com/spf13/cobra", "github.com/charmbracelet/", "github.com/go-git/", "github.com/hashicorp/nomad",
	"github.com/twmb/franz-go/pkg/kfake", "testing", module + "/cmd", module + "/scaffold", module + "/deploy",
}

type goPackage struct {
	ImportPath                string
	Imports                   []string
	TestImports, XTestImports []string
	Standard                  bool
}

func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,Standard"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for dec := json.NewDecoder(out); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v\n%s", err, &stderr)
		}
		all = append(all, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	return all
}

// room returns the top-level folder of one of our packages.
func room(path string) (string, bool) {
	if path == module {
		return "", true
	}
	rest, ours := strings.CutPrefix(path, module+"/")
	top, _, _ := strings.Cut(rest, "/")
	return top, ours
}

func TestArrowsGoDown(t *testing.T) {
	for _, p := range list(t, module+"/...") {
		from, _ := room(p.ImportPath)
		allowed, known := below[from]
		if !known {
			t.Errorf("%s: no rule for folder %q", p.ImportPath, from)
		}
		for _, imported := range p.Imports {
			to, ours := room(imported)
			if ours && to != from && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: %s may import only %v", p.ImportPath, imported, from, allowed)
			}
		}
	}
}

func TestJobLinksNoTool(t *testing.T) {
	for _, p := range list(t, "-deps", module+"/runtime/job") {
		for _, never := range neverInAJob {
			if p.ImportPath == never || strings.HasPrefix(p.ImportPath, strings.TrimSuffix(never, "/")+"/") {
				t.Errorf("a job links %s", p.ImportPath)
			}
		}
	}
}
