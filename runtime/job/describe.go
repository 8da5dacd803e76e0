package job

import (
	"fmt"

	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/runtime/stream"
)

// facts is the JSON of `version`, and the head of that of `describe`.
type facts struct {
	API    int    `json:"api"`
	Job    string `json:"job"`
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"`
	Spaas  string `json:"spaas"`
	Go     string `json:"go"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
}

func factsOf(i version.Info) facts {
	return facts{jobapi.Version, i.Job, i.Commit, i.Dirty, i.Version, i.Go, i.OS, i.Arch}
}

// description is the JSON of `describe`.
type description struct {
	facts
	Graph stream.Description `json:"graph"`
}

// version writes what the binary was built from.
func (h host) version(f flags) int {
	if f.json {
		h.stdout.Write(encodeJSON(factsOf(h.build)))
	} else {
		fmt.Fprintln(h.stdout, h.build)
	}
	return codeDone
}

// describe builds the graph, with the properties' defaults, and writes what it
// is made of. A graph that cannot be built is reported with every fault.
func (h host) describe(f flags, build func(*stream.Graph) error) int {
	program, err := stream.NewProgram(build, stream.Options{})
	if err != nil {
		reporter{format: logText, out: h.stderr}.failure(err, "")
		return codeUsage
	}
	d := description{factsOf(h.build), program.Describe()}
	if f.json {
		h.stdout.Write(encodeJSON(d))
		return codeDone
	}
	fmt.Fprintln(h.stdout, h.build)
	fmt.Fprint(h.stdout, d.Graph)
	return codeDone
}
