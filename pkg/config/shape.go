package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// shape is what the model says about a value, read once from the types and tags
// of [Job] and [Platform].
type shape struct {
	typ    reflect.Type
	form   form
	fields []*field // of a struct
	word   *field   // of a struct that may also be written as one word
	elem   *shape   // of a map and a list
	names  form     // of a map: what its keys may be
	of     string   // of a map: what its keys are called in a path
	scalar *scalarType
}

// field is one key of a block.
type field struct {
	name, doc, eg string
	initial       string   // the default, as it is written; "" when there is none
	hasInitial    bool     // there is a default
	oneOf         []string // allowed values, nil: all
	min, max      string
	required      bool // some layer has to say it
	essential     bool // always shown
	reference     bool // may hold references to secrets
	verbatim      bool // ${…} in it is somebody else's
	index         int  // in the struct
	shape         *shape
}

var (
	jobShape         = shapeOf(reflect.TypeFor[Job](), nil)
	platformShape    = shapeOf(reflect.TypeFor[Platform](), nil)
	environmentShape = withContext(jobShape)
)

// withContext is the shape of envs/<env>.yaml: a job with the context it runs in
// and without what is the same everywhere.
func withContext(job *shape) *shape {
	env := *job
	env.fields = []*field{{
		name: "context", doc: "Nomad cluster of this environment, as the CLI knows it", eg: "prod-eu",
		required: true, index: -1, shape: &shape{scalar: scalars[reflect.String], form: forms["name"]},
	}}
	for _, f := range job.fields {
		if f.name != "version" {
			env.fields = append(env.fields, f)
		}
	}
	return &env
}

// shapeOf reads a type of the model. f is the field that has the type, nil for a
// document as a whole. A mistake in the model is a panic at start, and so in
// every test.
func shapeOf(t reflect.Type, f *reflect.StructField) *shape {
	tag := func(key string) string {
		if f == nil {
			return ""
		}
		return f.Tag.Get(key)
	}
	s := &shape{typ: t}
	if s.scalar = scalarOf(t); s.scalar != nil {
		s.form = formOf(tag("form"))
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem(), f)
	case reflect.Slice:
		s.elem = shapeOf(t.Elem(), f)
	case reflect.Map:
		s.of, s.names = tag("of"), formOf(tag("form"))
		s.elem = shapeOf(t.Elem(), nil)
	case reflect.Struct:
		for i := range t.NumField() {
			sub := fieldOf(t.Field(i), i)
			if sub.name == "-" {
				s.word = sub
				continue
			}
			s.fields = append(s.fields, sub)
		}
		if connector := s.field("connector"); connector != nil {
			connector.oneOf = s.connectors()
		}
	default:
		panic(fmt.Sprintf("config: the model has a %s", t))
	}
	return s
}

func fieldOf(f reflect.StructField, index int) *field {
	initial, hasInitial := f.Tag.Lookup("default")
	rules := strings.Split(f.Tag.Get("rule"), ",")
	sub := &field{
		name: f.Tag.Get("yaml"), doc: f.Tag.Get("doc"), eg: f.Tag.Get("eg"),
		initial: initial, hasInitial: hasInitial,
		min: f.Tag.Get("min"), max: f.Tag.Get("max"),
		required:  slices.Contains(rules, "required"),
		essential: slices.Contains(rules, "essential"),
		reference: slices.Contains(rules, "reference"),
		verbatim:  slices.Contains(rules, "verbatim"),
		index:     index,
		shape:     shapeOf(f.Type, &f),
	}
	if values := f.Tag.Get("oneof"); values != "" {
		sub.oneOf = strings.Split(values, ",")
	}
	return sub
}

func (s *shape) isBlock() bool { return s.typ != nil && s.typ.Kind() == reflect.Struct }
func (s *shape) isMap() bool   { return s.of != "" }
func (s *shape) isList() bool  { return s.elem != nil && s.of == "" }

// field is the key of a block with that name, nil when it has none.
func (s *shape) field(name string) *field {
	for _, f := range s.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

func (s *shape) fieldNames() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

// connectors are the blocks of a source or sink that a connector reads.
func (s *shape) connectors() []string {
	var names []string
	for _, f := range s.fields {
		if s.typ.Field(f.index).Type.Kind() == reflect.Pointer {
			names = append(names, f.name)
		}
	}
	return names
}

// expects says what a value has to be: "a size like 512MiB".
func (s *shape) expects(f *field) string {
	switch {
	case s.isList():
		return "a list like [a, b]"
	case s.isMap():
		return "a block of " + s.of + ": value"
	case s.word != nil:
		return strings.Join(s.word.oneOf, ", ") + " or {" + s.fields[0].name + ": …}"
	case s.isBlock():
		return "a block of keys"
	case f != nil && len(f.oneOf) > 0:
		return "one of " + strings.Join(f.oneOf, ", ")
	case s.form.expects != "":
		return s.form.expects
	}
	return s.scalar.expects
}

// SourceConnectors are the connectors that a source can name.
func SourceConnectors() []string { return shapeOf(reflect.TypeFor[Source](), nil).connectors() }

// SinkConnectors are the connectors that a sink can name.
func SinkConnectors() []string { return shapeOf(reflect.TypeFor[Sink](), nil).connectors() }

// Formats are the formats that a source or sink can name.
func Formats() []string {
	return slices.Clone(shapeOf(reflect.TypeFor[KafkaSource](), nil).field("format").oneOf)
}
