package row

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// render is the JSON of a schema, with nothing in it that could be left out.
func (s *schema) render() json.RawMessage {
	return s.appendJSON(nil, map[string]bool{})
}

// appendJSON appends the JSON of a schema. A name that was defined before stands
// for its definition, as Avro demands.
func (s *schema) appendJSON(dst []byte, defined map[string]bool) []byte {
	if s.name != "" {
		if defined[s.name] {
			return strconv.AppendQuote(dst, s.name)
		}
		defined[s.name] = true
	}
	switch s.form {
	case avroNullable:
		dst = append(dst, `["null",`...)
		dst = s.elem.appendJSON(dst, defined)
		return append(dst, ']')
	case avroInt, avroLong:
		if s.goKind == ofInt32 || s.goKind == ofInt64 {
			break
		}
		return fmt.Appendf(dst, `{"type":%q,"go":%q}`, formNames[s.form], goKinds[s.goKind])
	case avroFixed:
		return fmt.Appendf(dst, `{"type":"fixed","name":%q,"size":%d}`, s.name, s.size)
	case avroArray:
		dst = append(dst, `{"type":"array",`...)
		if s.size >= 0 {
			dst = fmt.Appendf(dst, `"length":%d,`, s.size)
		}
		dst = append(dst, `"items":`...)
		return append(s.elem.appendJSON(dst, defined), '}')
	case avroMap:
		dst = append(dst, `{"type":"map","values":`...)
		return append(s.elem.appendJSON(dst, defined), '}')
	case avroRecord:
		dst = fmt.Appendf(dst, `{"type":"record","name":%q,"fields":[`, s.name)
		for i, f := range s.fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = fmt.Appendf(dst, `{"name":%q,"type":`, f.name)
			dst = append(f.schema.appendJSON(dst, defined), '}')
		}
		return append(dst, `]}`...)
	}
	return strconv.AppendQuote(dst, formNames[s.form])
}

// parseSchema reads what appendJSON writes. Of Avro beyond that, it refuses what
// it does not know.
func parseSchema(data json.RawMessage) (*schema, error) {
	return schemaNames{}.parse(data)
}

// schemaNames are the definitions so far. One that is not complete is nil.
type schemaNames map[string]*schema

func (n schemaNames) parse(data json.RawMessage) (*schema, error) {
	var name string
	if json.Unmarshal(data, &name) == nil {
		return n.named(name)
	}
	var union []json.RawMessage
	if json.Unmarshal(data, &union) == nil {
		if len(union) != 2 || string(union[0]) != `"null"` {
			return nil, errors.New("a union other than of null and one type")
		}
		elem, err := n.parse(union[1])
		if err == nil && elem.form == avroNullable {
			err = errors.New("a union in a union")
		}
		return &schema{form: avroNullable, elem: elem}, err
	}
	var t struct {
		Type   json.RawMessage
		Name   string
		Go     string
		Size   int
		Length *int
		Items  json.RawMessage
		Values json.RawMessage
		Fields []struct {
			Name string
			Type json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, err
	}
	if json.Unmarshal(t.Type, &name) != nil {
		return n.parse(t.Type)
	}
	s := &schema{name: t.Name}
	var err error
	switch name {
	case "fixed":
		s.form, s.size = avroFixed, t.Size
		if t.Size < 0 {
			return nil, fmt.Errorf("fixed %q has the size %d", t.Name, t.Size)
		}
		n[t.Name] = s
	case "array":
		s.form, s.size = avroArray, -1
		if t.Length != nil {
			s.size = max(*t.Length, -1)
		}
		s.elem, err = n.parse(t.Items)
	case "map":
		s.form = avroMap
		s.elem, err = n.parse(t.Values)
	case "record":
		s.form = avroRecord
		n[t.Name] = nil
		for _, f := range t.Fields {
			of, err := n.parse(f.Type)
			if err != nil {
				return nil, fmt.Errorf("field %q: %w", f.Name, err)
			}
			s.fields = append(s.fields, schemaField{f.Name, of})
		}
		n[t.Name] = s
	default:
		if s, err = n.named(name); err == nil && t.Go != "" {
			return s.of(t.Go)
		}
	}
	return s, err
}

// named is a type by its name.
func (n schemaNames) named(name string) (*schema, error) {
	for form, known := range formNames {
		if name == known {
			s := &schema{form: form}
			switch form {
			case avroInt:
				s.goKind = ofInt32
			case avroLong:
				s.goKind = ofInt64
			}
			return s, nil
		}
	}
	switch s, ok := n[name]; {
	case !ok:
		return nil, fmt.Errorf("unknown type %q", name)
	case s == nil:
		return nil, fmt.Errorf("record %q holds itself", name)
	default:
		return s, nil
	}
}

// of is an int or long of a Go kind.
func (s *schema) of(name string) (*schema, error) {
	for kind, known := range goKinds {
		if name != known {
			continue
		}
		if want := schemaOf(&shape{kind: kind}); want.form == s.form {
			return want, nil
		}
	}
	return nil, fmt.Errorf("unknown kind %q of %s", name, formNames[s.form])
}
