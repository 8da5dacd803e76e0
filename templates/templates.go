// Package templates holds what `spaas init` writes: a folder a template, and
// beside them what all jobs have in common.
//
// A template is a job that compiles and passes its own tests where it lies, as
// part of this module. A file is copied as it is, unless its name ends in
// .tmpl: then it is a text/template whose actions stand in [[ ]] (braces mean
// something to CI systems), and that ending is dropped. Only files that must
// differ from job to job are; Go code never is.
package templates

import (
	"embed"
	"io/fs"
	"slices"
)

//go:embed all:common all:ci all:skeleton all:windowed
var files embed.FS

// Template is a kind of job.
type Template struct {
	Name    string
	About   string // one line for people
	Version int    // raised with each change that a job made from it would want
	// Source and Sink are where a job reads and writes, the first choice first.
	Source, Sink Edge
}

// Edge is a source or a sink of a template.
type Edge struct {
	Name       string   // as code and config call it
	Connectors []string // that it can be, the usual one first
	// Named says how it is called when it is another connector than the usual
	// one; nil keeps the name.
	Named func(connector string) string
}

// NameFor is what code and config call it when it is of a connector.
func (e Edge) NameFor(connector string) string {
	if e.Named == nil || connector == e.Connectors[0] {
		return e.Name
	}
	return e.Named(connector)
}

// All are the templates, in the order in which they are offered.
var All = []Template{
	{
		Name:    "windowed",
		About:   "counts events by key and hour, in event time",
		Version: 1,
		Source:  Edge{Name: "requests", Connectors: []string{"kafka", "file"}},
		Sink:    Edge{Name: "counts", Connectors: []string{"kafka", "file", "stdout", "blackhole"}},
	},
	{
		Name:    "skeleton",
		About:   "a source, a sink and nothing between them",
		Version: 1,
		Source: Edge{
			Name: "example-kafka-source", Connectors: []string{"kafka", "file", "generator"},
			Named: func(connector string) string { return "example-" + connector + "-source" },
		},
		Sink: Edge{
			Name: "null-sink", Connectors: []string{"blackhole", "kafka", "file", "stdout"},
			Named: func(connector string) string { return "example-" + connector + "-sink" },
		},
	},
}

// Get is the template of a name.
func Get(name string) (Template, bool) {
	i := slices.IndexFunc(All, func(t Template) bool { return t.Name == name })
	if i < 0 {
		return Template{}, false
	}
	return All[i], true
}

// CI are the CI systems that a job can be built by; "none" is none.
var CI = []string{"github", "gitlab", "jenkins", "none"}

// Layers are the folders that make a repo together: what all jobs have, what the
// template adds, and what the CI system needs. No file is in two of them.
func (t Template) Layers(ci string) []fs.FS {
	names := []string{"common", t.Name}
	if ci != "none" {
		names = append(names, "ci/common", "ci/"+ci)
	}
	layers := make([]fs.FS, len(names))
	for i, name := range names {
		layer, err := fs.Sub(files, name)
		if err != nil {
			panic(err) // the names are ours
		}
		layers[i] = layer
	}
	return layers
}
