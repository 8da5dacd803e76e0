package buildcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/stream"
)

// graph is what a job's binary is made of.
type graph struct{ stream.Description }

// describe asks a binary what it is made of. One that cannot say it could not
// be started either: its faults are those of the code.
func describe(ctx context.Context, binary string) (*graph, error) {
	cmd := exec.CommandContext(ctx, binary, "describe", "--json")
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, cli.Exit(cli.Usage, &fault.Error{
			What: "the binary was built, but its graph cannot be",
			Err:  errors.New(strings.TrimSpace(complained.String())),
		})
	}
	var d struct{ Graph stream.Description }
	if err := json.Unmarshal(said.Bytes(), &d); err != nil {
		return nil, &fault.Error{What: "the binary does not describe itself as a job does", Where: binary, Err: err, Do: "its main function is: job.Main(Build)"}
	}
	return &graph{d.Graph}, nil
}

// The kinds of operators that the config knows of.
const (
	source = "source"
	sink   = "sink"
)

// named are the sources and sinks with the places that name them.
func (g *graph) named() config.Named {
	named := config.Named{Sources: map[string][]string{}, Sinks: map[string][]string{}}
	for _, n := range g.Nodes {
		switch n.Kind {
		case source:
			named.Sources[n.Name] = append(named.Sources[n.Name], n.Site)
		case sink:
			named.Sinks[n.Name] = append(named.Sinks[n.Name], n.Site)
		}
	}
	return named
}

// names are the names of a graph, each once.
type names struct {
	Sources   []string `json:"sources"`
	Operators []string `json:"operators"` // in the order of the code
	Sinks     []string `json:"sinks"`
}

func (g *graph) names() *names {
	all := &names{Sources: []string{}, Operators: []string{}, Sinks: []string{}}
	for _, n := range g.Nodes {
		to := &all.Operators
		switch n.Kind {
		case source:
			to = &all.Sources
		case sink:
			to = &all.Sinks
		}
		if !slices.Contains(*to, n.Name) {
			*to = append(*to, n.Name)
		}
	}
	slices.Sort(all.Sources)
	slices.Sort(all.Sinks)
	return all
}

// line is the graph as one line.
func (g *graph) line() string {
	all := g.names()
	parts := []string{strings.Join(all.Sources, ", ")}
	if len(all.Operators) > 0 {
		parts = append(parts, strings.Join(all.Operators, ", "))
	}
	return strings.Join(append(parts, strings.Join(all.Sinks, ", ")), " -> ")
}
