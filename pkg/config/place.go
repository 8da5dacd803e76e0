package config

import "fmt"

// Layer is where a value comes from. Later ones win.
type Layer int

// The layers, from the weakest to the strongest.
const (
	LayerDefault     Layer = iota // no layer says anything
	LayerTemplate                 // spaas.yaml
	LayerEnvironment              // envs/<env>.yaml
	LayerLive                     // a stored live override
	LayerSet                      // --set
	LayerPlatform                 // the platform document; it says other things than the layers before
)

// String is the layer's name, as JSON documents have it.
func (l Layer) String() string {
	return [...]string{"default", "template", "environment", "live", "set", "platform"}[l]
}

// MarshalText writes the layer's name.
func (l Layer) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// source is one document, or what stands in for one.
type source struct {
	layer Layer
	// name is the file as people know it, from the folder of the job; or what
	// says where else it comes from: "--set", "live: ana, INC-412".
	name  string
	order int // in which faults are reported
}

// place is where something stands. The zero place is that of a default.
type place struct {
	source       *source
	line, column int // from 1; 0 when the source is no file
}

func (p place) layer() Layer {
	if p.source == nil {
		return LayerDefault
	}
	return p.source.layer
}

// String is file:line:column, or the source where there are no lines.
func (p place) String() string {
	switch {
	case p.source == nil:
		return ""
	case p.line == 0:
		return p.source.name
	}
	return fmt.Sprintf("%s:%d:%d", p.source.name, p.line, p.column)
}

// from is the place as a person looks for it: file:line.
func (p place) from() string {
	switch {
	case p.source == nil:
		return "default"
	case p.line == 0:
		return p.source.name
	}
	return fmt.Sprintf("%s:%d", p.source.name, p.line)
}

// compare orders places as they are read.
func (p place) compare(other place) int {
	order := func(p place) [3]int {
		if p.source == nil {
			return [3]int{}
		}
		return [3]int{p.source.order, p.line, p.column}
	}
	a, b := order(p), order(other)
	for i := range a {
		if a[i] != b[i] {
			return a[i] - b[i]
		}
	}
	return 0
}
