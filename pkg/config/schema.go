package config

import (
	"encoding/json"
	"slices"
)

// Document is a kind of document that has a schema.
type Document string

// The documents.
const (
	JobDocument         Document = "spaas"    // spaas.yaml
	EnvironmentDocument Document = "env"      // envs/<env>.yaml
	PlatformDocument    Document = "platform" // the platform document
)

// Documents are all documents that have a schema.
func Documents() []Document { return []Document{JobDocument, EnvironmentDocument, PlatformDocument} }

// SchemaFile is where the schema of a document lies in a job's repo, so that
// editors find it: ".spaas/spaas.schema.json".
func (d Document) SchemaFile() string { return ".spaas/" + string(d) + ".schema.json" }

// Schema is the JSON schema (draft 2020-12) of a document, indented. It says
// what one document may say; what all layers must say together, [Load] knows.
func Schema(d Document) []byte {
	w, s, title := schemaWriter{}, jobShape, "spaas.yaml: what the developer of a job says about it"
	switch d {
	case JobDocument:
	case EnvironmentDocument:
		w.partial, s, title = true, environmentShape, "envs/<env>.yaml: what differs in one environment"
	case PlatformDocument:
		s, title = platformShape, "the platform document: what operators define once and jobs name"
	}
	root := w.block(s)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = title
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // strings and numbers of the model always are JSON
	}
	return append(data, '\n')
}

// schema is a JSON schema, or a part of one.
type schema map[string]any

// schemaWriter turns shapes into schemas.
type schemaWriter struct {
	partial bool // the document says only what differs: nothing is required
}

// value is the schema of the value of a key; f is nil for what a map holds.
func (w schemaWriter) value(s *shape, f *field) schema {
	var v schema
	switch {
	case s.isMap():
		elem := w.value(s.elem, nil)
		if w.partial || s.elem.scalar != nil {
			nullable(elem)
		}
		v = schema{"type": "object", "additionalProperties": elem, "propertyNames": namesSchema(s.names)}
	case s.isList():
		v = schema{"type": "array", "items": w.value(s.elem, nil)}
	case s.word != nil:
		v = schema{"anyOf": []schema{{"enum": s.word.oneOf}, w.block(s)}}
	case s.isBlock():
		v = w.block(s)
	default:
		v = scalarSchema(s, f)
	}
	if f == nil {
		return v
	}
	v["description"] = f.doc
	if f.hasInitial {
		v["default"] = jsonValue(s, f.initial)
	}
	if f.eg != "" {
		v["examples"] = []any{jsonValue(s, f.eg)}
	}
	if !f.required || w.partial {
		nullable(v)
	}
	return v
}

// block is the schema of a block of keys.
func (w schemaWriter) block(s *shape) schema {
	properties := schema{}
	var required []string
	for _, f := range s.fields {
		// What an environment has of its own, it has to say itself.
		own := f.index < 0
		w := w
		w.partial = w.partial && !own
		properties[f.name] = w.value(f.shape, f)
		if f.required && !w.partial {
			required = append(required, f.name)
		}
	}
	b := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		b["required"] = required
	}
	if connector := s.field("connector"); connector != nil && !w.partial {
		b["allOf"] = chosenBlocks(s)
	}
	return b
}

// chosenBlocks says that the block of the chosen connector is there, for those
// that cannot do without.
func chosenBlocks(s *shape) []schema {
	var rules []schema
	for _, name := range s.connectors() {
		if !slices.ContainsFunc(s.field(name).shape.fields, func(f *field) bool { return f.required }) {
			continue
		}
		rules = append(rules, schema{
			"if":   schema{"properties": schema{"connector": schema{"const": name}}, "required": []string{"connector"}},
			"then": schema{"required": []string{name}},
		})
	}
	return rules
}

// scalarSchema is the schema of a text, number or word.
func scalarSchema(s *shape, f *field) schema {
	v := schema{"type": s.scalar.json}
	pattern := s.form.pattern
	if pattern == "" {
		pattern = s.scalar.pattern
	}
	if pattern != "" {
		v["pattern"] = pattern
	}
	if s.form.refuse != nil {
		v["type"] = []string{"string"} // a number may be a text, but never a name
	}
	if f == nil {
		return v
	}
	if f.oneOf != nil {
		return schema{"enum": f.oneOf}
	}
	if slices.Contains(s.scalar.json, "string") {
		return v // minimum and maximum are about numbers
	}
	if f.min != "" {
		v["minimum"] = json.Number(f.min)
	}
	if f.max != "" {
		v["maximum"] = json.Number(f.max)
	}
	return v
}

// namesSchema is the schema of the names that a map gives.
func namesSchema(f form) schema {
	v := schema{"pattern": f.pattern}
	if f.pattern == NamePattern {
		v["not"] = schema{"enum": reservedNames}
	}
	return v
}

// nullable lets a key be null, which unsets it.
func nullable(v schema) {
	switch {
	case v["enum"] != nil:
		values := []any{nil}
		for _, word := range v["enum"].([]string) {
			values = append(values, word)
		}
		v["enum"] = append(values[1:], nil)
	case v["anyOf"] != nil:
		v["anyOf"] = append(v["anyOf"].([]schema), schema{"type": "null"})
	default:
		types, many := v["type"].([]string)
		if !many {
			types = []string{v["type"].(string)}
		}
		v["type"] = append(slices.Clone(types), "null")
	}
}

// jsonValue is a value of the model in JSON: a number where it is one.
func jsonValue(s *shape, written string) any {
	if s.scalar != nil && !slices.Contains(s.scalar.json, "string") {
		return json.Number(written)
	}
	return written
}
