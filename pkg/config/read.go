package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// reader turns trees into values of the model and notes what does not fit.
type reader struct {
	faults *faults
}

// read sets into to what n says, as far as it fits; the rest is a fault. f is
// the key that n is the value of, nil for a document and an element of a map.
func (r *reader) read(path string, s *shape, f *field, n *node, into reflect.Value) {
	if n == nil || n.kind == null {
		return
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch {
	case s.scalar != nil:
		r.scalar(path, s, f, n, into)
	case s.isMap() && n.kind == block:
		into.Set(reflect.MakeMap(into.Type()))
		for _, e := range n.entries {
			r.name(path, s, e)
			value := reflect.New(into.Type().Elem()).Elem()
			r.read(join(path, e.key), s.elem, f, e.value, value)
			into.SetMapIndex(reflect.ValueOf(e.key), value)
		}
	case s.isList() && n.kind == list:
		for i, item := range n.items {
			value := reflect.New(into.Type().Elem()).Elem()
			if item.kind == null {
				r.wrongKind(fmt.Sprintf("%s[%d]", path, i), s.elem, f, item)
			}
			r.read(fmt.Sprintf("%s[%d]", path, i), s.elem, f, item, value)
			into.Set(reflect.Append(into, value))
		}
	case s.word != nil && n.kind == text:
		r.scalar(path, s.word.shape, s.word, n, into.Field(s.word.index))
	case s.isBlock() && n.kind == block:
		r.block(path, s, n, into)
		if s.word != nil && n.get(s.fields[0].name) != nil {
			into.Field(s.word.index).SetString(s.fields[0].name)
		}
	default:
		r.wrongKind(path, s, f, n)
	}
}

// block reads the keys of a block.
func (r *reader) block(path string, s *shape, n *node, into reflect.Value) {
	for _, e := range n.entries {
		f := s.field(e.key)
		if f == nil {
			r.faults.add(e.at, r.meant(s, e.key), "unknown key %s", join(path, showKey(e.key)))
			continue
		}
		if f.index >= 0 {
			r.read(join(path, e.key), f.shape, f, e.value, into.Field(f.index))
		} else {
			r.read(join(path, e.key), f.shape, f, e.value, reflect.New(reflect.TypeFor[string]()).Elem())
		}
	}
}

// meant is what to do about an unknown key: the block it belongs into, or the
// nearest key.
func (r *reader) meant(s *shape, key string) string {
	if s.field("connector") != nil {
		var blocks []string
		for _, name := range s.connectors() {
			if s.field(name).shape.field(key) != nil {
				blocks = append(blocks, name)
			}
		}
		if len(blocks) > 0 {
			return "it belongs into the block " + strings.Join(blocks, ", ")
		}
	}
	if s == jobShape && key == "context" {
		return "the context belongs to an environment: envs/<env>.yaml"
	}
	if s == environmentShape && key == "version" {
		return "the version stands in spaas.yaml only"
	}
	return nearest(key, s.fieldNames())
}

// scalar reads a text, a number or a word.
func (r *reader) scalar(path string, s *shape, f *field, n *node, into reflect.Value) {
	if !slices.Contains(s.scalar.kinds, n.kind) {
		r.wrongKind(path, s, f, n)
		return
	}
	if f != nil && len(f.oneOf) > 0 {
		if !slices.Contains(f.oneOf, n.text) {
			r.faults.add(n.at, amongFew(n.text, f.oneOf), "%s: unknown %s %s", path, last(path), show(n.text))
			return
		}
		into.SetString(n.text)
		return
	}
	if into.Kind() == reflect.String && !r.references(path, s, f, n) {
		return
	}
	if err := s.scalar.read(n.text, into); err != nil {
		r.faults.add(n.at, "", "%s: expected %s, got %s: %v", path, s.expects(f), show(n.text), err)
		return
	}
	if f != nil {
		if limit := s.scalar.limit(into, f.min, f.max); limit != "" {
			do := ""
			if path == "version" {
				do = "this spaas reads version " + f.max
			}
			r.faults.add(n.at, do, "%s: %s is not allowed: %s", path, n.text, limit)
		}
	}
}

// references checks the form of a text and the references in it; it reports
// whether the text may be used.
func (r *reader) references(path string, s *shape, f *field, n *node) bool {
	holds := strings.Contains(n.text, "${")
	may := f != nil && f.reference
	if holds && !may && (f == nil || !f.verbatim) {
		r.faults.add(n.at, "write the value itself", "%s: a reference is not resolved here", path)
		return false
	}
	if s.form.refuse != nil && n.text != "" && (!holds || s.form.references) {
		if why := s.form.refuse(n.text); why != "" {
			got := show(n.text)
			if s.form.hidden {
				got = "something else"
			}
			r.faults.add(n.at, better(s.form, n.text), "%s: expected %s, got %s: %s", path, s.form.expects, got, why)
			return false
		}
	}
	if !holds || !may {
		return true
	}
	if _, err := parseReferences(n.text); err != nil {
		r.faults.add(n.at, err.Do, "%s: %s", path, err.What)
		return false
	}
	return true
}

// better is what to write in place of a text that has not its form.
func better(s form, word string) string {
	if s.hidden {
		return "keep it in a variable or a file and write ${env:NAME}, ${file:path} or ${nomad:path#key}"
	}
	if s.pattern == NamePattern {
		if name := betterName(word); name != "" && name != word && s.refuse(name) == "" {
			return "for example " + name
		}
	}
	return ""
}

// name checks a name that the document gives: a source, a property.
func (r *reader) name(path string, s *shape, e entry) {
	if s.names.refuse == nil {
		return
	}
	if why := s.names.refuse(e.key); why != "" {
		r.faults.add(e.at, better(s.names, e.key),
			"%s cannot be the name of %s: %s", show(e.key), article(strings.ToLower(s.of)), why)
	}
}

func (r *reader) wrongKind(path string, s *shape, f *field, n *node) {
	got := n.kind.String()
	if n.kind == text && !s.form.hidden {
		got = show(n.text)
	}
	if path == "" {
		r.faults.add(n.at, "", "expected keys and values, got %s", got)
		return
	}
	r.faults.add(n.at, "", "%s: expected %s, got %s", path, s.expects(f), got)
}

// show repeats a word of a document, cut when it is long.
func show(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}

// showKey repeats a key of a document, in quotes when it looks like none.
func showKey(key string) string {
	if quoted := quoteKey(key); quoted == key && len(key) <= 60 {
		return key
	}
	return show(key)
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// last is the last key of a path.
func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
