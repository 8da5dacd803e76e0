package stream

import (
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/internal/engine"
)

// Graph is what Build adds to. It is used by one goroutine.
type Graph struct {
	engine     *engine.Graph
	faults     fault.List
	unnamed    map[*engine.Node]bool // the graph chooses their names
	consumed   map[*engine.Node]bool
	timed      map[*engine.Node]bool // sources with event time
	windows    []windowUse
	properties properties
}

// windowUse is an event-time window, checked when all of the graph is known.
type windowUse struct {
	site string
	over *engine.Node
}

func newGraph(o Options) *Graph {
	return &Graph{
		engine:     &engine.Graph{},
		unnamed:    map[*engine.Node]bool{},
		consumed:   map[*engine.Node]bool{},
		timed:      map[*engine.Node]bool{},
		properties: properties{given: o.Properties},
	}
}

// add adds an operator; with no name the graph chooses one.
func (g *Graph) add(kind engine.Kind, name, of string, inputs ...*engine.Node) *engine.Node {
	n := g.engine.Add(&engine.Node{Kind: kind, Name: name, Site: site(), Type: of, Inputs: inputs})
	if name == "" {
		g.unnamed[n] = true
	}
	for _, in := range inputs {
		g.consumed[in] = true
	}
	return n
}

// fault notes a mistake in the code at the call that is under way.
func (g *Graph) fault(do, what string, args ...any) { g.faultAt(site(), do, what, args...) }
