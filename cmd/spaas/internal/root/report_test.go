package root

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/version"
)

var unknownKey = &fault.Error{What: "unknown key windw", Where: "spaas.yaml:4:3", Do: `did you mean "window"?`}

// end runs a verb that does what act does, and returns how it ended and what a
// person saw.
func end(act func() error, args ...string) (code int, out, err string) {
	t, stdout, stderr := term.Fake()
	f := &cli.Factory{Term: t, Getenv: func(string) string { return "" }, Version: func() version.Info { return version.Info{Version: "0.3.1"} }}
	cmd := &cobra.Command{Use: "spaas", SilenceErrors: true, SilenceUsage: true, RunE: func(*cobra.Command, []string) error { return act() }}
	cmd.PersistentFlags().BoolVar(&f.Global.JSON, "json", false, "")
	code = execute(context.Background(), f, cmd, args)
	return code, stdout.String(), stderr.String()
}

func TestReport(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code int
		want string
	}{
		{"one fault has room for what to do", unknownKey, 1,
			"spaas: spaas.yaml:4:3: unknown key windw\n       did you mean \"window\"?\n"},
		{"of many each is one line", fault.List{unknownKey, errors.New("no job")}, 2,
			"spaas: spaas.yaml:4:3: unknown key windw (did you mean \"window\"?)\nspaas: no job\n"},
		{"a fault around a list is the head of it", &fault.Error{What: "two faults", Err: fault.List{errors.New("a"), errors.New("b")}}, 2,
			"spaas: two faults\nspaas: a\nspaas: b\n"},
		{"what to type next", &cli.ExitError{Code: cli.Refused, Err: errors.New("it runs"), Next: "spaas stop"}, 4,
			"spaas: it runs\nnext:  spaas stop\n"},
		{"all was said", &cli.ExitError{Code: cli.Pending}, 3, ""},
		{"lines of a compiler stay in line", errors.New("a.go:1: no\nb.go:2: no"), 1,
			"spaas: a.go:1: no\n       b.go:2: no\n"},
		{"Ctrl-C", context.Canceled, 130, "spaas: interrupted\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, err := end(func() error { return tt.err })
			if code != tt.code || err != tt.want || out != "" {
				t.Errorf("code %d, want %d; wrote %q\n%s\nwant:\n%s", code, tt.code, out, err, tt.want)
			}
		})
	}
}

func TestReportAsJSON(t *testing.T) {
	code, out, err := end(func() error { return fault.List{unknownKey} }, "--json")
	want := `{
  "api": 1,
  "error": {
    "code": 2,
    "faults": [
      {
        "what": "unknown key windw",
        "where": "spaas.yaml:4:3",
        "file": "spaas.yaml",
        "line": 4,
        "column": 3,
        "do": "did you mean \"window\"?"
      }
    ]
  }
}
`
	if code != 2 || out != want || err != "" {
		t.Errorf("code %d, wrote %q\n%s", code, err, out)
	}
}

func TestPanicIsABugOfOurs(t *testing.T) {
	code, out, err := end(func() error { panic("no such thing") }, "--json")
	if code != cli.Failed || err != "" || !strings.Contains(out, "a bug in spaas: no such thing") || !strings.Contains(out, "report_test.go") {
		t.Errorf("code %d, wrote %q\n%s", code, err, out)
	}
	code, out, err = end(func() error { panic("no such thing") })
	if code != cli.Failed || out != "" || !strings.Contains(err, "Please report it") || !strings.Contains(err, "0.3.1") {
		t.Errorf("code %d, wrote %q\n%s", code, out, err)
	}
}

// Every verb says what it is, shows an example and documents its JSON.
func TestEveryVerbIsDocumented(t *testing.T) {
	terminal, _, _ := term.Fake()
	f := &cli.Factory{Term: terminal, Getenv: func(string) string { return "" }}
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			look(sub)
		}
		if cmd.HasSubCommands() || cmd.Hidden || cmd.Name() == "help" {
			return
		}
		if cmd.Short == "" || cmd.Long == "" || cmd.Example == "" {
			t.Errorf("%s lacks a short or long text or an example", cmd.CommandPath())
		}
		if strings.Contains(cmd.CommandPath(), "completion") {
			return // a script for a shell is no document
		}
		if !strings.Contains(cli.JSONDocument(cmd), `"api": 1`) {
			t.Errorf("%s does not document its JSON", cmd.CommandPath())
		}
	}
	look(New(f))
}
