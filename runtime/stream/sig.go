// Package stream is the typed API that jobs are written in.
package stream

import "github.com/spaas/spaas/runtime/internal/engine"

// Graph is what Build adds to.
type Graph struct{}

// Options is what a program is built with.
type Options struct {
	// Properties are those of the config, by name, as text.
	Properties map[string]string
}

// Program is a graph that was built without fault.
type Program struct{}

// NewProgram calls build and checks what it made. Every fault is returned at
// once, as a fault.List, each with the file:line of the call that made it; also
// a property that the config has and no code asked for.
func NewProgram(build func(*Graph) error, o Options) (*Program, error) { panic("soon") }

// Graph is what the engine runs.
func (p *Program) Graph() *engine.Graph { panic("soon") }

// Description is the JSON of a graph.
type Description struct{}

// Describe describes the graph.
func (p *Program) Describe() Description { panic("soon") }
