package row

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// shape is a Go type as rows see it.
type shape struct {
	typ    reflect.Type
	kind   kind
	fields []field // of a record
	elem   *shape  // of a slice, array, map or pointer
}

type field struct {
	name   string // in the schema
	offset uintptr
	shape  *shape
}

type kind uint8

const (
	ofBool kind = iota
	ofInt8
	ofInt16
	ofInt32
	ofInt64 // and int
	ofUint8
	ofUint16
	ofUint32
	ofUint64 // and uint
	ofFloat32
	ofFloat64
	ofString
	ofBytes // a slice of bytes
	ofFixed // an array of bytes
	ofTime
	ofRecord
	ofSlice
	ofArray
	ofMap
	ofPointer
)

// memory is the kind of an integer as it lies in memory: an int of a machine of
// 32 bits is narrower there than in a row.
func (s *shape) memory() kind {
	switch {
	case s.kind == ofInt64 && s.typ.Size() == 4:
		return ofInt32
	case s.kind == ofUint64 && s.typ.Size() == 4:
		return ofUint32
	}
	return s.kind
}

// nilable kinds have a nil value, which a row keeps apart from an empty one.
func (k kind) nilable() bool { return k == ofBytes || k == ofSlice || k == ofMap || k == ofPointer }

var timeType = reflect.TypeFor[time.Time]()

// shapes builds a shape and collects what is wrong with it.
type shapes struct {
	root   reflect.Type
	open   []reflect.Type // types that are being looked at
	left   []string       // fields whose tag says that they are not kept
	faults fault.List
}

// refuse notes a part of the type that no row can hold.
func (b *shapes) refuse(path, what, do string) *shape {
	where := ""
	if path != "" {
		where = b.root.String() + path
	}
	b.faults = append(b.faults, &fault.Error{What: what, Where: where, Do: do, Incurable: true})
	return &shape{}
}

var scalars = map[reflect.Kind]kind{
	reflect.Bool: ofBool, reflect.String: ofString, reflect.Float32: ofFloat32, reflect.Float64: ofFloat64,
	reflect.Int8: ofInt8, reflect.Int16: ofInt16, reflect.Int32: ofInt32, reflect.Int64: ofInt64,
	reflect.Uint8: ofUint8, reflect.Uint16: ofUint16, reflect.Uint32: ofUint32, reflect.Uint64: ofUint64,
}

// of returns the shape of a type that stands under a path of fields.
func (b *shapes) of(t reflect.Type, path string) *shape {
	if k, ok := scalars[t.Kind()]; ok {
		return &shape{typ: t, kind: k}
	}
	if slices.Contains(b.open, t) {
		return b.refuse(path, fmt.Sprintf("%s cannot be kept: it holds itself", t), "keep its parts in a slice")
	}
	b.open = append(b.open, t)
	defer func() { b.open = b.open[:len(b.open)-1] }()
	s := &shape{typ: t}
	switch t.Kind() {
	case reflect.Int, reflect.Uint:
		s.kind = ofInt64
		if t.Kind() == reflect.Uint {
			s.kind = ofUint64
		}
	case reflect.Struct:
		if t == timeType {
			s.kind = ofTime
			break
		}
		s.kind = ofRecord
		s.fields = b.fields(t, path)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			s.kind = ofBytes
			break
		}
		s.kind = ofSlice
		s.elem = b.element(t, path+"[]")
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			s.kind = ofFixed
			break
		}
		s.kind = ofArray
		s.elem = b.element(t, path+"[]")
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return b.refuse(path, fmt.Sprintf("%s cannot be kept: the keys of a map must be strings", t), "use a slice of pairs, or write the keys as strings")
		}
		s.kind = ofMap
		s.elem = b.of(t.Elem(), path+"[]")
	case reflect.Pointer:
		s.kind = ofPointer
		s.elem = b.of(t.Elem(), path)
		if s.elem.kind.nilable() {
			return b.refuse(path, fmt.Sprintf("%s cannot be kept: a row has one nil for it", t), fmt.Sprintf("use %s, which can be nil itself", t.Elem()))
		}
	case reflect.Interface:
		return b.refuse(path, fmt.Sprintf("%s cannot be kept: a row needs one concrete type", t), "use a concrete type")
	default:
		return b.refuse(path, fmt.Sprintf("%s cannot be kept", t), "use bools, numbers, strings, times, and structs, slices, arrays, maps and pointers of those")
	}
	return s
}

// element is the shape of what a slice or an array holds many of.
func (b *shapes) element(t reflect.Type, path string) *shape {
	faults := len(b.faults)
	s := b.of(t.Elem(), path)
	if len(b.faults) == faults && s.empty() {
		return b.refuse(path, fmt.Sprintf("%s cannot be kept: its elements hold nothing", t), "keep their number")
	}
	return s
}

// empty says that a row of the shape has no bytes.
func (s *shape) empty() bool {
	switch s.kind {
	case ofRecord:
		return !slices.ContainsFunc(s.fields, func(f field) bool { return !f.shape.empty() })
	case ofFixed:
		return s.typ.Len() == 0
	}
	return false
}

var avroName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (b *shapes) fields(t reflect.Type, path string) []field {
	var fields []field
	names := map[string]string{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("spaas")
		where := path + "." + f.Name
		switch {
		case f.Name == "_":
			continue
		case tag == "-":
			b.left = append(b.left, b.root.String()+where)
			continue
		}
		if !f.IsExported() {
			b.refuse(where, "an unexported field cannot be kept, and would be lost", `export it, or tag it spaas:"-" if a restored job can do without`)
			continue
		}
		name := f.Name
		if fromJSON, _, _ := strings.Cut(f.Tag.Get("json"), ","); avroName.MatchString(fromJSON) {
			name = fromJSON
		}
		if tagged {
			name = tag
		}
		switch other := names[name]; {
		case !avroName.MatchString(name):
			b.refuse(where, fmt.Sprintf("%q cannot be the name of a field in a schema", name), `give it one of letters a-z, digits and _ by a tag spaas:"name"`)
		case other != "":
			b.refuse(where, fmt.Sprintf("field %s is also called %q", other, name), `give it another name by a tag spaas:"name"`)
		}
		names[name] = f.Name
		fields = append(fields, field{name, f.Offset, b.of(f.Type, where)})
	}
	return fields
}

// Shares says that values can share memory that is changed in place: slices,
// maps and pointers. A copy of such a value is no copy of what it holds.
func (t *Type) Shares() bool { return t.shape.shares() }

func (s *shape) shares() bool {
	switch s.kind {
	case ofRecord:
		return slices.ContainsFunc(s.fields, func(f field) bool { return f.shape.shares() })
	case ofArray:
		return s.elem.shares()
	}
	return s.kind.nilable()
}
