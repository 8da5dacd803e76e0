package config

import (
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// Doc says what a key of spaas.yaml means.
type Doc struct {
	Path     string   // "sources.SOURCE.kafka.topic"; names are in capitals
	Text     string   // what it means, a phrase
	Type     string   // "text", "a duration like 1m30s"
	Default  string   // "" is none
	Values   []string // allowed ones, nil: all of the type
	Least    string   // "" is no limit
	Most     string
	Required bool   // some layer has to say it
	Example  string // where the type does not say how it is written
	Keys     []string
}

// Docs are all keys in the order of the model, each block before its keys.
func Docs() []Doc {
	var docs []Doc
	jobShape.docs("", nil, func(d Doc) { docs = append(docs, d) })
	return docs[1:] // not the document itself
}

func (s *shape) docs(path string, f *field, visit func(Doc)) {
	visit(s.doc(path, f))
	switch {
	case s.isMap():
		s.elem.docs(join(path, s.of), f, visit)
	case s.isBlock() && s.word == nil:
		for _, sub := range s.fields {
			sub.shape.docs(join(path, sub.name), sub, visit)
		}
	}
}

func (s *shape) doc(path string, f *field) Doc {
	d := Doc{Path: path, Type: s.expects(nil)}
	if f != nil {
		d.Text, d.Default, d.Values, d.Required, d.Example = f.doc, f.initial, f.oneOf, f.required, f.eg
		d.Least, d.Most = f.min, f.max
	}
	if s.isBlock() && s.word == nil {
		d.Keys = s.fieldNames()
	}
	return d
}

// DocOf is what a key means; its path may name a source, a sink or a property:
// "sources.clicks.kafka.topic". An unknown key is a [fault.Error] that suggests
// the nearest.
func DocOf(path string) (Doc, error) {
	s, said, f := jobShape, "", (*field)(nil)
	if path == "context" {
		s = environmentShape // the one key that only an environment has
	}
	for _, key := range strings.Split(path, ".") {
		switch {
		case s.isMap():
			said, s = join(said, s.of), s.elem
			continue
		case s.isBlock():
			if sub := s.field(key); sub != nil {
				said, s, f = join(said, key), sub.shape, sub
				continue
			}
		}
		at, do := "spaas.yaml", nearest(key, s.fieldNames())
		if said != "" {
			at = said
		}
		if len(s.fields) == 0 {
			do = said + " is " + s.expects(f) + " and has no keys"
		}
		return Doc{}, &fault.Error{What: at + " has no key " + showKey(key), Do: do}
	}
	return s.doc(said, f), nil
}

// Names are what the documents of a job name, as far as they can be read; for
// completion, where a half-written document is the normal case.
type Names struct {
	Sources, Sinks, Environments []string
	// Keys are the paths of all keys that the job can have.
	Keys []string
}

// ReadNames reads what there is, and is silent about what is wrong with it.
func ReadNames(o Options) Names {
	var names Names
	names.Environments, _ = environments(o)
	l := newLayered(o)
	l.readTemplate()
	for _, e := range l.template.get("sources").children() {
		names.Sources = append(names.Sources, e.key)
	}
	for _, e := range l.template.get("sinks").children() {
		names.Sinks = append(names.Sinks, e.key)
	}
	l.template.paths("", jobShape, func(path string) { names.Keys = append(names.Keys, path) })
	return names
}

// paths visits the paths of all keys under n, those it has and those it can
// have; what can have any name only as far as it has.
func (n *node) paths(path string, s *shape, visit func(string)) {
	switch {
	case s.isMap():
		for _, e := range n.children() {
			e.value.paths(join(path, e.key), s.elem, visit)
		}
	case s.isBlock() && s.word == nil:
		for _, f := range s.fields {
			n.get(f.name).paths(join(path, f.name), f.shape, visit)
		}
	default:
		visit(path)
	}
}
