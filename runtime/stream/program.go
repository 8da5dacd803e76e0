package stream

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/internal/engine"
)

// Options is what a program is built with.
type Options struct {
	// Properties are those of the config, by name, as text.
	Properties map[string]string
}

// Program is a graph that was built.
type Program struct {
	graph *Graph
}

// NewProgram calls build and checks what it made. Every fault is returned at
// once, as a fault.List, each with the file:line of the call that made it; also
// a property that the config has and no code asked for. The program comes back
// beside them as far as it was built, to be looked at and not to be run.
func NewProgram(build func(*Graph) error, o Options) (*Program, error) {
	g := newGraph(o)
	err := build(g)
	if err == nil {
		// What is missing in a graph that was not finished follows from that.
		g.name()
		g.check()
	}
	slices.SortStableFunc(g.faults, byLine)
	faults := g.faults
	if list, ok := errors.AsType[fault.List](err); ok {
		faults = append(list, faults...)
	} else if err != nil {
		faults = append(fault.List{fmt.Errorf("building the graph: %w", err)}, faults...)
	} else {
		faults = append(faults, g.properties.unknown()...)
	}
	g.engine.Fingerprint = fingerprint(g.engine)
	return &Program{g}, faults.Err()
}

// Graph is what the engine runs. It can be run many times.
func (p *Program) Graph() *engine.Graph { return p.graph.engine }

// name chooses the names that the author left open: the kind and a number.
func (g *Graph) name() {
	taken := map[string]bool{}
	for _, n := range g.engine.Nodes {
		if n.Kind != engine.KindSink {
			taken[n.Name] = true
		}
	}
	count := map[engine.Kind]int{}
	for _, n := range g.engine.Nodes {
		for g.unnamed[n] && (n.Name == "" || taken[n.Name]) {
			count[n.Kind]++
			n.Name = fmt.Sprintf("%s-%d", n.Kind, count[n.Kind])
		}
		taken[n.Name] = true
	}
}

// check finds the faults that only the whole graph shows.
func (g *Graph) check() {
	if len(g.engine.Nodes) == 0 {
		g.faultAt("", "read a source with stream.From and send it somewhere with To", "the graph is empty")
		return
	}
	type named struct {
		source bool
		name   string
	}
	first := map[named]*engine.Node{}
	for _, n := range g.engine.Nodes {
		if n.Kind == engine.KindSink {
			continue
		}
		if !g.consumed[n] {
			do := "send it to a sink with To, or take it out"
			if n.Kind == engine.KindKeyBy {
				do = "give it a window and Reduce it, or take it out"
			}
			g.faultAt(n.Site, do, "%s goes nowhere", describe(n))
		}
		// A source may have the name of an operator: the two are never mistaken.
		id := named{isSource(n), n.Name}
		if before := first[id]; before != nil && n.Name != "" {
			do := "names are unique: checkpoints and metrics know operators by them"
			if isSource(n) {
				do = "read it once and use the stream twice"
			}
			g.faultAt(n.Site, do, "%s has the name of %s at %s", describe(n), describe(before), before.Site)
		}
		first[id] = n
	}
	for _, w := range g.windows {
		for _, source := range sourcesOf(w.over) {
			if !g.timed[source] {
				g.faultAt(w.site, fmt.Sprintf("call EventTime on it at %s", source.Site), "a window needs event time, which source %q does not have", source.Name)
			}
		}
	}
}

func isSource(n *engine.Node) bool {
	return n.Kind == engine.KindSource || n.Kind == engine.KindGenerate
}

func describe(n *engine.Node) string {
	if n.Name == "" {
		return fmt.Sprintf("a %s", n.Kind)
	}
	return fmt.Sprintf("%s %q", n.Kind, n.Name)
}

// sourcesOf are the sources that a node hangs on.
func sourcesOf(n *engine.Node) []*engine.Node {
	if len(n.Inputs) == 0 {
		return []*engine.Node{n}
	}
	var all []*engine.Node
	for _, in := range n.Inputs {
		all = append(all, sourcesOf(in)...)
	}
	return all
}
