package config

import (
	"fmt"
	"reflect"
)

// complete is a tree in which every default of the model is written out. Blocks
// that a job may leave out (those of connectors, TLS) come only where they are
// chosen or were there.
func complete(s *shape, n *node) *node {
	switch {
	case s.isMap() && n != nil && n.kind == block:
		whole := &node{kind: block, at: n.at}
		for _, e := range n.entries {
			whole.put(e.key, e.at, complete(s.elem, e.value))
		}
		return whole
	case !s.isBlock(), n != nil && n.kind != block, n != nil && s.word != nil:
		return n
	}
	whole := &node{kind: block}
	if n != nil {
		whole.at = n.at
	}
	chosen := ""
	if connector := n.get("connector"); connector != nil {
		chosen = connector.text
	}
	for _, f := range s.fields {
		said := n.entry(f.name)
		optional := f.index >= 0 && s.typ.Field(f.index).Type.Kind() == reflect.Pointer
		switch {
		case said != nil:
			whole.put(f.name, said.at, complete(f.shape, said.value))
		case f.hasInitial:
			whole.put(f.name, place{}, f.initialNode())
		case f.shape.isBlock() && (!optional || f.name == chosen):
			whole.put(f.name, place{}, complete(f.shape, nil))
		}
	}
	return whole
}

// initialNode is the default as a document would have it.
func (f *field) initialNode() *node {
	k := text
	if f.shape.scalar != nil {
		k = f.shape.scalar.kinds[0]
	}
	return &node{kind: k, text: f.initial}
}

// require notes every key that is required and not there, below n. at is where
// the block that n is has its name.
func require(path string, s *shape, n *node, at place, faults *faults) {
	switch {
	case n == nil || n.kind != block:
	case s.isMap():
		for _, e := range n.entries {
			require(join(path, e.key), s.elem, e.value, e.at, faults)
		}
	case s.isBlock():
		for _, f := range s.fields {
			said := n.entry(f.name)
			switch {
			case f.required && (said == nil || said.value.kind == null):
				faults.add(at, f.example(), "%s is missing", join(path, f.name))
			case f.required && said.value.kind == text && said.value.text == "":
				faults.add(said.value.at, f.example(), "%s is empty", join(path, f.name))
			case said != nil:
				require(join(path, f.name), f.shape, said.value, said.at, faults)
			}
		}
	}
}

// example is what to write for a key that is missing.
func (f *field) example() string {
	if f.eg != "" {
		return fmt.Sprintf("for example %s: %s", f.name, f.eg)
	}
	return fmt.Sprintf("%s: %s", f.name, f.doc)
}
