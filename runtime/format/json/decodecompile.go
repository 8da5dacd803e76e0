package json

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/spaas/spaas/runtime/format/internal/fields"
)

var (
	timeType            = reflect.TypeFor[time.Time]()
	rawType             = reflect.TypeFor[json.RawMessage]()
	numberType          = reflect.TypeFor[json.Number]()
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// compileDecode compiles the decoder of a record.
func compileDecode(t reflect.Type) (decode, error) {
	if t.Kind() != reflect.Pointer && t.Name() == "" && readsItself(reflect.PointerTo(t)) {
		// A record is decoded by its pointer, and so by methods of a type without
		// a name, which are not looked for anywhere else.
		return standard(t), nil
	}
	return make(decoders).of(t)
}

// decoders are those compiled so far, so that a type may hold itself.
type decoders map[reflect.Type]*decode

func (c decoders) of(t reflect.Type) (decode, error) {
	if d, ok := c[t]; ok {
		// Under way: by the time a record is read, *d is set.
		return func(p *parser, i int, dst unsafe.Pointer) int { return (*d)(p, i, dst) }, nil
	}
	d := new(decode)
	c[t] = d
	var err error
	*d, err = c.compile(t)
	return *d, err
}

func (c decoders) compile(t reflect.Type) (decode, error) {
	switch {
	case t == timeType:
		return decodeTime, nil
	case t == rawType:
		return decodeRaw, nil
	case t == numberType:
		return standard(t), nil
	case t.Kind() == reflect.Pointer:
		if readsItself(t) && t.Elem().Name() == "" {
			return standard(t), nil // methods of a type without a name
		}
		return c.pointer(t)
	case t.Name() != "" && reflect.PointerTo(t).Implements(unmarshalerType):
		return unmarshaler(t), nil
	case t.Name() != "" && reflect.PointerTo(t).Implements(textUnmarshalerType):
		return textUnmarshaler(t), nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(p *parser, i int, dst unsafe.Pointer) int { return p.bool(i, (*bool)(dst)) }, nil
	case reflect.String:
		return func(p *parser, i int, dst unsafe.Pointer) int { return p.string(i, (*string)(dst)) }, nil
	case reflect.Int64:
		return func(p *parser, i int, dst unsafe.Pointer) int { return p.int64(i, (*int64)(dst)) }, nil
	case reflect.Float64:
		return func(p *parser, i int, dst unsafe.Pointer) int { return p.float64(i, (*float64)(dst)) }, nil
	case reflect.Int8:
		return decodeInt[int8], nil
	case reflect.Int16:
		return decodeInt[int16], nil
	case reflect.Int32:
		return decodeInt[int32], nil
	case reflect.Int:
		return wordSized(decodeInt[int32], decodeInt[int64]), nil
	case reflect.Uint8:
		return decodeUint[uint8], nil
	case reflect.Uint16:
		return decodeUint[uint16], nil
	case reflect.Uint32:
		return decodeUint[uint32], nil
	case reflect.Uint64:
		return decodeUint[uint64], nil
	case reflect.Uint, reflect.Uintptr:
		return wordSized(decodeUint[uint32], decodeUint[uint64]), nil
	case reflect.Float32:
		return decodeFloat[float32], nil
	case reflect.Struct:
		o, err := c.object(t)
		return o.decode, err
	case reflect.Slice:
		return c.slice(t)
	case reflect.Array:
		return c.array(t)
	case reflect.Map:
		return c.mapping(t)
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return decodeAny, nil
		}
		return nil, fmt.Errorf("%s is an interface with methods, and JSON does not say which type to make", t)
	}
	return nil, fmt.Errorf("%s cannot be read from JSON", t)
}

// wordSized is for int and uint, which are 32 or 64 bits wide.
func wordSized(narrow, wide decode) decode {
	if unsafe.Sizeof(0) == 4 {
		return narrow
	}
	return wide
}

func readsItself(t reflect.Type) bool {
	return t.Implements(unmarshalerType) || t.Implements(textUnmarshalerType)
}

func (c decoders) object(t reflect.Type) (*object, error) {
	o := &object{exact: map[string]*field{}, folded: map[string]*field{}, known: map[string]*key{}}
	all := fields.Of(t, "json")
	o.fields = make([]field, len(all))
	before := &o.start
	for i := range all {
		f := &o.fields[i]
		f.Field = all[i]
		d, err := c.field(&f.Field)
		if err != nil {
			return o, fmt.Errorf("field %s: %w", f.Name, err)
		}
		f.decode, f.kind = d, kindOf(f)
		o.exact[f.Name] = f
		if _, taken := o.folded[fold(f.Name)]; !taken {
			o.folded[fold(f.Name)] = f
		}
		// Until records teach another order, that of the struct is expected.
		k := &key{text: f.Name + `":`, field: f}
		o.known[f.Name] = k
		before.next = k
		before = k
	}
	return o, nil
}

func (c decoders) field(f *fields.Field) (decode, error) {
	if f.Has("string") && quotable(f.Type) {
		return quotedField(f.Type), nil
	}
	return c.of(f.Type)
}

// quotable says whether the option "string" applies to a type.
func quotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	switch k := t.Kind(); {
	case k >= reflect.Bool && k <= reflect.Float64, k == reflect.String:
		return true
	}
	return false
}

// kindOf says whether a field is decoded without an indirect call.
func kindOf(f *field) kind {
	if f.Has("string") || f.Type == numberType || readsItself(reflect.PointerTo(f.Type)) {
		return other
	}
	return kindOfType(f.Type)
}

func kindOfType(t reflect.Type) kind {
	switch t.Kind() {
	case reflect.String:
		return isString
	case reflect.Int64:
		return isInt64
	case reflect.Int:
		if unsafe.Sizeof(0) == 8 {
			return isInt64
		}
	case reflect.Float64:
		return isFloat64
	case reflect.Bool:
		return isBool
	}
	return other
}
