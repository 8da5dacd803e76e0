package testcmd

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
)

// document is the result with --json.
type document struct {
	API      int       `json:"api"`
	OK       bool      `json:"ok"`
	Seconds  float64   `json:"seconds"`
	Passed   int       `json:"passed"`
	Failed   int       `json:"failed"`
	Skipped  int       `json:"skipped"`
	Failures []failure `json:"failures"`
}

type failure struct {
	Package string `json:"package"`
	Test    string `json:"test,omitempty"`
	Output  string `json:"output"`
}

// event is a line of go test -json.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of a build
	Test        string
	Output      string
	FailedBuild string
}

// documentOf counts what go test -json has written.
func documentOf(events []byte) document {
	d := document{API: cli.API, Failures: []failure{}}
	type place struct{ pkg, test string }
	output := map[place]*strings.Builder{}
	failed := map[string]bool{} // packages with a test that failed
	for line := range bytes.Lines(events) {
		var e event
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		at := place{e.Package, e.Test}
		switch e.Action {
		case "output":
			if output[at] == nil {
				output[at] = &strings.Builder{}
			}
			output[at].WriteString(e.Output)
		case "build-output":
			at = place{e.ImportPath, ""}
			if output[at] == nil {
				output[at] = &strings.Builder{}
			}
			output[at].WriteString(e.Output)
		case "pass":
			if e.Test != "" {
				d.Passed++
			}
		case "skip":
			if e.Test != "" {
				d.Skipped++
			}
		case "fail":
			if e.Test == "" && failed[e.Package] {
				continue // because of its tests
			}
			failed[e.Package] = true
			if e.Test != "" {
				d.Failed++
			}
			f := failure{Package: e.Package, Test: e.Test}
			for _, from := range []place{{e.FailedBuild, ""}, at} {
				if text := output[from]; text != nil {
					f.Output += text.String()
				}
			}
			d.Failures = append(d.Failures, f)
		}
	}
	return d
}
