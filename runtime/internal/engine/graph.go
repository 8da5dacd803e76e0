package engine

import (
	"encoding/json"
	"slices"
)

// Kind is the kind of a node.
type Kind string

// The kinds of nodes.
const (
	KindSource   Kind = "source"
	KindGenerate Kind = "generate"
	KindMap      Kind = "map"
	KindFilter   Kind = "filter"
	KindKeyBy    Kind = "key-by"
	KindWindow   Kind = "window"
	KindSink     Kind = "sink"
)

// Node is what is known of one operator without running it.
type Node struct {
	ID     int
	Kind   Kind
	Name   string // unique among operators, chosen by the engine where the author gave none
	Site   string // file:line of the call that made it
	Type   string // Go type of its output; of its input for a sink
	Inputs []*Node
	State  []StateInfo
	Window int64 // length of its windows in nanoseconds
}

// StateInfo describes one state of an operator.
type StateInfo struct {
	Name       string
	Key, Value json.RawMessage // Avro schemas
}

// Graph is what there is to run. It is not changed once it is built, and can be
// run many times.
type Graph struct {
	Nodes []*Node
	roots []func(*Build) // sources, each builds everything behind it
	// Fingerprint tells graphs apart.
	Fingerprint string
}

// Add adds a node.
func (g *Graph) Add(n *Node) *Node {
	n.ID = len(g.Nodes)
	g.Nodes = append(g.Nodes, n)
	return n
}

// Names returns the names of all nodes of a kind, sorted, each once.
func (g *Graph) Names(kind Kind) []string {
	var names []string
	for _, n := range g.Nodes {
		if n.Kind == kind {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
