package story

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/root"
	"github.com/spaas/spaas/scaffold/proxytest"
)

var update = flag.Bool("update", false, "write what the scripts' cmp saw into them")

// TestMain makes the test binary a spaas when a script calls it by that name,
// so that scripts run the code under test and its exit codes are real.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"spaas": func() { os.Exit(root.Main(cli.System(), os.Args[1:])) },
	})
}

func TestStories(t *testing.T) {
	caches := goCaches(t)
	proxy := proxytest.Start(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// A script's home is empty; compiling into empty caches would take minutes.
			for name, value := range caches {
				env.Setenv(name, value)
			}
			env.Setenv("PROXY_WITHOUT_SPAAS", proxy)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await,
			"exits": exits,
			"json":  jsonField,
		},
	})
}

// goCaches are the folders and settings with which Go builds as it does here.
func goCaches(t *testing.T) map[string]string {
	t.Helper()
	names := []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOFLAGS", "GOTOOLCHAIN"}
	out, err := exec.Command("go", append([]string{"env", "-json"}, names...)...).Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	caches := map[string]string{}
	if err := json.Unmarshal(out, &caches); err != nil {
		t.Fatalf("go env: %v", err)
	}
	return caches
}

// exits is `exits CODE COMMAND [ARGS]`: the command ends with exactly that exit
// code, where `! exec` accepts any but 0. Its output is there for stdout,
// stderr and cmp.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if exit, ok := err.(*exec.ExitError); ok {
		got = fmt.Sprint(exit.ExitCode())
	} else if err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != args[0] {
		ts.Fatalf("%s ended with exit code %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// await is `await FILE REGEXP`: it returns when the file is there and matches,
// for what a command in the background does.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	want, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	var text []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if text, err = os.ReadFile(ts.MkAbs(args[0])); err == nil && want.Match(text) {
			return
		}
	}
	ts.Fatalf("%s does not match %s:\n%s", args[0], args[1], text)
}

// jsonField is `json FILE PATH VALUE`: the field of a JSON document, by names
// and numbers with dots between, is VALUE. FILE may be stdout.
func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH VALUE")
	}
	var document any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &document); err != nil {
		ts.Fatalf("%s is no JSON: %v", args[0], err)
	}
	got, found := field(document, strings.Split(args[1], "."))
	switch {
	case !found && !neg:
		ts.Fatalf("%s has no field %s", args[0], args[1])
	case (got == args[2]) == neg:
		ts.Fatalf("%s: %s is %s", args[0], args[1], got)
	}
}

// field renders the part of a document at a path.
func field(document any, path []string) (value string, found bool) {
	for _, name := range path {
		switch at := document.(type) {
		case map[string]any:
			if document, found = at[name]; !found {
				return "", false
			}
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i < 0 || i >= len(at) {
				return "", false
			}
			document = at[i]
		default:
			return "", false
		}
	}
	if s, ok := document.(string); ok {
		return s, true
	}
	text, err := json.Marshal(document)
	return string(text), err == nil
}
