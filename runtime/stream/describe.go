package stream

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spaas/spaas/runtime/internal/engine"
)

// Description is the JSON of a graph. Fields are only ever added.
type Description struct {
	// Fingerprint changes when operators, their types, states or order do, and
	// not when only lines move.
	Fingerprint string                `json:"fingerprint"`
	Nodes       []NodeDescription     `json:"nodes"`
	Properties  []PropertyDescription `json:"properties"`
}

// NodeDescription is one operator, source or sink.
type NodeDescription struct {
	ID     int                `json:"id"`
	Kind   string             `json:"kind"`
	Name   string             `json:"name"`
	Site   string             `json:"site"` // file:line
	Type   string             `json:"type"` // Go type of what it emits; of what a sink takes
	Inputs []int              `json:"inputs"`
	State  []StateDescription `json:"state,omitempty"`
}

// StateDescription is one state of an operator.
type StateDescription struct {
	Name  string          `json:"name"`
	Key   json.RawMessage `json:"key"`   // Avro schema
	Value json.RawMessage `json:"value"` // Avro schema
}

// PropertyDescription is a property that the code asks for.
type PropertyDescription struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default string `json:"default"`
	Site    string `json:"site"`
}

// Describe describes the graph.
func (p *Program) Describe() Description {
	d := Description{Fingerprint: p.graph.engine.Fingerprint, Nodes: nodesOf(p.graph.engine), Properties: []PropertyDescription{}}
	for _, asked := range p.graph.properties.asked {
		d.Properties = append(d.Properties, PropertyDescription(asked))
	}
	return d
}

func nodesOf(g *engine.Graph) []NodeDescription {
	nodes := make([]NodeDescription, len(g.Nodes))
	for i, n := range g.Nodes {
		nodes[i] = NodeDescription{ID: n.ID, Kind: string(n.Kind), Name: n.Name, Site: n.Site, Type: n.Type, Inputs: []int{}}
		for _, in := range n.Inputs {
			nodes[i].Inputs = append(nodes[i].Inputs, in.ID)
		}
		for _, s := range n.State {
			nodes[i].State = append(nodes[i].State, StateDescription{s.Name, s.Key, s.Value})
		}
	}
	return nodes
}

// fingerprint tells graphs apart by all that is not where they stand in files.
func fingerprint(g *engine.Graph) string {
	nodes := nodesOf(g)
	for i := range nodes {
		nodes[i].Site = ""
	}
	data, err := json.Marshal(nodes)
	if err != nil {
		panic(fmt.Sprintf("a schema that is no JSON: %v", err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// String draws the graph for people: each source, and indented below it what
// becomes of its events.
func (d Description) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, n := range d.Nodes {
		if len(n.Inputs) == 0 {
			d.draw(w, n, 0)
		}
	}
	for _, p := range d.Properties {
		fmt.Fprintf(w, "property %s\t%s, default %s\t%s\n", p.Name, p.Type, p.Default, p.Site)
	}
	w.Flush()
	return b.String()
}

func (d Description) draw(w io.Writer, n NodeDescription, depth int) {
	fmt.Fprintf(w, "%s%s %s\t%s\t%s\n", strings.Repeat("  ", depth), n.Kind, n.Name, n.Type, n.Site)
	for _, next := range d.Nodes {
		if slices.Contains(next.Inputs, n.ID) {
			d.draw(w, next, depth+1)
		}
	}
}
