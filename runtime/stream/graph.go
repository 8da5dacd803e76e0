package stream

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

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

func (g *Graph) faultAt(where, do, what string, args ...any) {
	g.faults = append(g.faults, &fault.Error{What: fmt.Sprintf(what, args...), Where: where, Do: do, Incurable: true})
}

// cannot notes that a type cannot be what the call under way wants it to be:
// the faults of the type, at the call. What says of what, may be empty.
func (g *Graph) cannot(what string, err error) {
	causes, ok := errors.AsType[fault.List](err)
	if !ok {
		causes = fault.List{err}
	}
	for _, cause := range causes {
		f := &fault.Error{What: cause.Error(), Where: site(), Incurable: true}
		if c, ok := errors.AsType[*fault.Error](cause); ok {
			f.What, f.Err, f.Do = c.What, c.Err, c.Do
			if c.Where != "" {
				f.Where += ": " + c.Where
			}
		}
		if what != "" {
			f.What = what + ": " + f.What
		}
		g.faults = append(g.faults, f)
	}
}

// byLine orders faults by where they are in the code. Those that are nowhere
// come first.
func byLine(a, b error) int {
	fileA, lineA := place(a)
	fileB, lineB := place(b)
	return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(lineA, lineB))
}

func place(err error) (file string, line int) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return "", 0
	}
	file, rest, _ := strings.Cut(f.Where, ":")
	number, _, _ := strings.Cut(rest, ":")
	line, _ = strconv.Atoi(number) // 0: no line
	return file, line
}
