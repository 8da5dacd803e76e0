package gobuild

import (
	"context"
	"encoding/json"
	"fmt"
	goversion "go/version"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/spaas/spaas/pkg/fault"
)

// install is what helps where Go is missing or too old.
const install = "install it from https://go.dev/dl, and make sure that `go version` shows it"

// switching is the first Go that fetches a newer one by itself.
const switching = "go1.21"

// findGo finds a go command that can build the job in dir, or says what is
// needed and what is there. An old Go that fetches a newer one is fine.
func findGo(ctx context.Context, dir string) (string, error) {
	need, err := neededGo(dir)
	if err != nil {
		return "", err
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", &fault.Error{What: fmt.Sprintf("building a job needs Go %s or newer, and there is no go on the PATH", need), Do: install}
	}
	cmd := exec.CommandContext(ctx, tool, "env", "-json", "GOVERSION", "GOTOOLCHAIN")
	// Asked outside of the job, the go command says what it is itself.
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	var has struct{ GOVERSION, GOTOOLCHAIN string }
	if err == nil {
		err = json.Unmarshal(out, &has)
	}
	if err != nil {
		return "", &fault.Error{What: "the go command does not work", Where: tool, Err: err, Do: "try it: go env"}
	}
	fetches := goversion.Compare(has.GOVERSION, switching) >= 0 && has.GOTOOLCHAIN != "local"
	if goversion.Compare(has.GOVERSION, "go"+need) < 0 && !fetches {
		return "", &fault.Error{
			What:  fmt.Sprintf("building this job needs Go %s or newer, but this is %s", need, has.GOVERSION),
			Where: tool, Do: install,
		}
	}
	return tool, nil
}

// neededGo is the version of Go that the go.mod of a job asks for: "1.26.0".
func neededGo(dir string) (string, error) {
	name := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	mod, err := modfile.ParseLax(name, data, nil)
	if err != nil {
		return "", err
	}
	if mod.Go == nil {
		return "1.26", nil
	}
	return mod.Go.Version, nil
}
