package row

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// schema is an Avro type, as far as rows need Avro. Two things that Avro has no
// word for are properties that other readers ignore: "go" is the kind of an
// integer that is not an int32 or int64, "length" the length of an array.
type schema struct {
	form   form
	name   string        // of a record or fixed
	goKind kind          // of an int or long
	size   int           // of a fixed; of an array, -1: any
	fields []schemaField // of a record
	elem   *schema       // of an array, map or nullable
}

type schemaField struct {
	name   string
	schema *schema
}

type form uint8

const (
	avroBoolean form = iota
	avroInt
	avroLong
	avroFloat
	avroDouble
	avroBytes
	avroString
	avroFixed
	avroRecord
	avroArray
	avroMap
	avroNullable // a union of null and another type
)

// timeName is the record that a time is written as. No logical type of Avro
// holds every time: nanoseconds in a long end in 2262 and begin in 1678, but
// the zero time is in year 1. The offset to UTC in seconds is kept, because it
// shows when the time is formatted; the name of the zone is not.
const timeName = "spaas.Time"

var timeSchema = &schema{form: avroRecord, name: timeName, fields: []schemaField{
	{"seconds", &schema{form: avroLong, goKind: ofInt64}},
	{"nanos", &schema{form: avroInt, goKind: ofInt32}},
	{"offset", &schema{form: avroInt, goKind: ofInt32}},
}}

// schemaOf is the schema of rows of a shape.
func schemaOf(s *shape) *schema {
	return (&naming{records: map[reflect.Type]*schema{}, taken: map[string]bool{}}).schemaOf(s, "Row")
}

// naming gives each record a name of its own.
type naming struct {
	records map[reflect.Type]*schema
	taken   map[string]bool
}

// schemaOf is the schema of a shape; a record without a name of its own is
// called after the field that it is in.
func (n *naming) schemaOf(s *shape, called string) *schema {
	switch s.kind {
	case ofBool:
		return &schema{form: avroBoolean}
	case ofInt8, ofInt16, ofInt32, ofUint8, ofUint16:
		return &schema{form: avroInt, goKind: s.kind}
	case ofInt64, ofUint32, ofUint64:
		return &schema{form: avroLong, goKind: s.kind}
	case ofFloat32:
		return &schema{form: avroFloat}
	case ofFloat64:
		return &schema{form: avroDouble}
	case ofString:
		return &schema{form: avroString}
	case ofFixed:
		return &schema{form: avroFixed, size: s.typ.Len(), name: fmt.Sprintf("spaas.Bytes%d", s.typ.Len())}
	case ofTime:
		return timeSchema
	case ofArray:
		return &schema{form: avroArray, size: s.typ.Len(), elem: n.schemaOf(s.elem, called)}
	case ofBytes:
		return nullable(&schema{form: avroBytes})
	case ofSlice:
		return nullable(&schema{form: avroArray, size: -1, elem: n.schemaOf(s.elem, called)})
	case ofMap:
		return nullable(&schema{form: avroMap, elem: n.schemaOf(s.elem, called)})
	case ofPointer:
		return nullable(n.schemaOf(s.elem, called))
	}
	if known, ok := n.records[s.typ]; ok {
		return known
	}
	r := &schema{form: avroRecord, name: n.name(s.typ, called)}
	n.records[s.typ] = r
	for _, f := range s.fields {
		r.fields = append(r.fields, schemaField{f.name, n.schemaOf(f.shape, r.name+"_"+f.name)})
	}
	return r
}

func nullable(s *schema) *schema { return &schema{form: avroNullable, elem: s} }

var packages = regexp.MustCompile(`[^][,*]*[./]`)

func (n *naming) name(t reflect.Type, called string) string {
	name := packages.ReplaceAllString(t.Name(), "") // of type parameters
	if name == "" {
		name = called
	}
	name = strings.Trim(strings.Map(func(c rune) rune {
		if c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			return c
		}
		return '_'
	}, name), "_")
	if !avroName.MatchString(name) {
		name = "Row"
	}
	unique := name
	for i := 2; n.taken[unique]; i++ {
		unique = fmt.Sprint(name, "_", i)
	}
	n.taken[unique] = true
	return unique
}

// least is the number of bytes that a row has at least. It bounds what a count
// of elements can stand for.
func (s *schema) least() (n int) {
	switch s.form {
	case avroFloat:
		return 4
	case avroDouble:
		return 8
	case avroFixed:
		return s.size
	case avroRecord:
		for _, f := range s.fields {
			n += f.schema.least()
		}
		return n
	}
	return 1
}

// String is how the schema is called in a message.
func (s *schema) String() string {
	switch s.form {
	case avroRecord:
		return "record " + s.name
	case avroFixed:
		return fmt.Sprintf("%d bytes", s.size)
	case avroArray:
		if s.size >= 0 {
			return fmt.Sprintf("array of %d %v", s.size, s.elem)
		}
		return fmt.Sprintf("array of %v", s.elem)
	case avroMap:
		return fmt.Sprintf("map of %v", s.elem)
	case avroNullable:
		return fmt.Sprintf("nullable %v", s.elem)
	case avroInt, avroLong:
		return goKinds[s.goKind]
	}
	return formNames[s.form]
}

var formNames = map[form]string{
	avroBoolean: "boolean", avroInt: "int", avroLong: "long", avroFloat: "float", avroDouble: "double",
	avroBytes: "bytes", avroString: "string",
}

var goKinds = map[kind]string{
	ofInt8: "int8", ofInt16: "int16", ofInt32: "int32", ofInt64: "int64",
	ofUint8: "uint8", ofUint16: "uint16", ofUint32: "uint32", ofUint64: "uint64",
}
