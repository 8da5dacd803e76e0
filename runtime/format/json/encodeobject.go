package json

import (
	"fmt"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/spaas/spaas/runtime/format/internal/fields"
)

// objectWriter encodes a struct.
type objectWriter struct {
	fields []writtenField
}

// writtenField is a field of the struct.
type writtenField struct {
	fields.Field
	key    string // `"name":`
	kind   kind
	encode encode // of kind other
	omit   func(src unsafe.Pointer) bool
}

func (c encoders) object(t reflect.Type, addressed bool) (encode, error) {
	all := fields.Of(t, "json")
	o := &objectWriter{fields: make([]writtenField, len(all))}
	for i := range all {
		f := &o.fields[i]
		f.Field, f.key = all[i], `"`+all[i].Name+`":`
		// What is behind an embedded pointer has an address.
		e, err := c.field(&f.Field, addressed || len(f.Hops) > 0)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		f.encode, f.kind = e, writtenKind(f.Field)
		f.omit = omitted(&f.Field)
	}
	return o.encode, nil
}

// writtenKind says whether a field is encoded without an indirect call.
func writtenKind(f fields.Field) kind {
	p := reflect.PointerTo(f.Type)
	if f.Has("string") || p.Implements(marshalerType) || p.Implements(textMarshalerType) || f.Type == numberType {
		return other
	}
	return kindOfType(f.Type)
}

func (o *objectWriter) encode(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	next := byte('{')
fields:
	for i := range o.fields {
		f := &o.fields[i]
		at := src
		for _, hop := range f.Hops {
			if at = *(*unsafe.Pointer)(unsafe.Add(at, hop.Offset)); at == nil {
				continue fields
			}
		}
		at = unsafe.Add(at, f.Offset)
		if f.omit != nil && f.omit(at) {
			continue
		}
		dst = append(dst, next)
		next = ','
		dst = append(dst, f.key...)
		var err error
		switch f.kind {
		case isString:
			dst = appendString(dst, *(*string)(at))
		case isInt64:
			dst = strconv.AppendInt(dst, *(*int64)(at), 10)
		case isFloat64:
			dst, err = appendFloat(dst, *(*float64)(at), 64)
		case isBool:
			dst = strconv.AppendBool(dst, *(*bool)(at))
		default:
			dst, err = f.encode(w, dst, at)
		}
		if err != nil {
			return dst, within(err, f.Name)
		}
	}
	if next == '{' {
		dst = append(dst, '{')
	}
	return append(dst, '}'), nil
}

// zeroer is a type that knows when it is zero, for the option "omitzero".
type zeroer interface{ IsZero() bool }

var zeroerType = reflect.TypeFor[zeroer]()

// omitted returns what decides whether a field is left out; nil if it never is.
func omitted(f *fields.Field) func(unsafe.Pointer) bool {
	t := f.Type
	var empty, zero func(unsafe.Pointer) bool
	if f.Has("omitempty") {
		switch t.Kind() {
		case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
			empty = func(src unsafe.Pointer) bool { return reflect.NewAt(t, src).Elem().Len() == 0 }
		case reflect.Struct:
		default:
			empty = func(src unsafe.Pointer) bool { return reflect.NewAt(t, src).Elem().IsZero() }
		}
	}
	if f.Has("omitzero") {
		zero = func(src unsafe.Pointer) bool { return reflect.NewAt(t, src).Elem().IsZero() }
		if t.Implements(zeroerType) || reflect.PointerTo(t).Implements(zeroerType) {
			zero = func(src unsafe.Pointer) bool { return isZero(reflect.NewAt(t, src)) }
		}
	}
	switch {
	case empty == nil:
		return zero
	case zero == nil:
		return empty
	}
	return func(src unsafe.Pointer) bool { return empty(src) || zero(src) }
}

// isZero asks a value, by a pointer to it, unless it is or holds a nil pointer.
func isZero(p reflect.Value) bool {
	v := p.Elem()
	if v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return true
	}
	if z, ok := p.Elem().Interface().(zeroer); ok {
		return z.IsZero()
	}
	return p.Interface().(zeroer).IsZero()
}
