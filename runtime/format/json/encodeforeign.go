package json

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// encodeTime writes RFC 3339 with as many digits of a second as there are.
func encodeTime(_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	dst, err := (*time.Time)(src).AppendText(append(dst, '"'))
	return append(dst, '"'), err
}

// encodeNumber writes a json.Number, whose zero value is 0.
func encodeNumber(_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	s := *(*string)(src)
	if s == "" {
		s = "0"
	}
	p := parser{data: []byte(s)}
	if end, _ := p.number(0); end != len(s) {
		return dst, fmt.Errorf("%q is no number in JSON", s)
	}
	return append(dst, s...), nil
}

// marshaler writes a value with the type's own MarshalJSON.
func marshaler(t reflect.Type) encode {
	return func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		m, ok := methods(t, src).(json.Marshaler)
		if !ok {
			return append(dst, "null"...), nil
		}
		data, err := m.MarshalJSON()
		if err != nil {
			return dst, err
		}
		w.compact.Reset()
		if err := json.Compact(&w.compact, data); err != nil {
			return dst, fmt.Errorf("%s.MarshalJSON: %w", t, err)
		}
		return append(dst, w.compact.Bytes()...), nil
	}
}

// textMarshaler writes a value with the type's own MarshalText.
func textMarshaler(t reflect.Type) encode {
	return func(_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		m, ok := methods(t, src).(encoding.TextMarshaler)
		if !ok {
			return append(dst, "null"...), nil
		}
		text, err := m.MarshalText()
		if err != nil {
			return dst, err
		}
		return appendString(dst, string(text)), nil
	}
}

// methods is the value that src points to as an interface, nil for a nil
// pointer or interface. It is taken by its address, which saves a copy: the
// methods of a value are also those of its pointer.
func methods(t reflect.Type, src unsafe.Pointer) any {
	v := reflect.NewAt(t, src)
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.Elem().IsNil() {
			return nil
		}
		return v.Elem().Interface()
	}
	return v.Interface()
}

// encodeAny writes what an empty interface holds. The types that decoding makes
// are known; another is compiled when it is first met.
func encodeAny(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	switch v := (*(*any)(src)).(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return appendString(dst, v), nil
	case float64:
		return appendFloat(dst, v, 64)
	default:
		return w.dynamic(dst, reflect.ValueOf(v))
	}
}

// encodeInterface writes what an interface with methods holds.
func encodeInterface(t reflect.Type) encode {
	return func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		v := reflect.NewAt(t, src).Elem()
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		return w.dynamic(dst, v.Elem())
	}
}

// dynamic writes a value of a type that is known only now.
func (w *writer) dynamic(dst []byte, v reflect.Value) ([]byte, error) {
	e, err := w.encoders.of(v.Type(), false)
	if err != nil {
		return dst, err
	}
	box := reflect.New(v.Type())
	box.Elem().Set(v)
	return w.deeper(dst, e, box.UnsafePointer())
}

// mapping writes a map as an object, sorted by its keys.
func (c encoders) mapping(t reflect.Type) (encode, error) {
	elem, err := c.of(t.Elem(), false)
	if err != nil {
		return nil, err
	}
	name, err := keyName(t.Key())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t, err)
	}
	return deeper(func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		m := reflect.NewAt(t, src).Elem()
		if m.IsNil() {
			return append(dst, "null"...), nil
		}
		type entry struct {
			name  string
			value reflect.Value
		}
		entries := make([]entry, 0, m.Len())
		for k, v := range m.Seq2() {
			n, err := name(k)
			if err != nil {
				return dst, fmt.Errorf("key %v: %w", k, err)
			}
			entries = append(entries, entry{n, v})
		}
		slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
		box := reflect.New(t.Elem())
		dst = append(dst, '{')
		for i, e := range entries {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, e.name), ':')
			box.Elem().Set(e.value)
			var err error
			if dst, err = elem(w, dst, box.UnsafePointer()); err != nil {
				return dst, within(err, e.name)
			}
		}
		return append(dst, '}'), nil
	}), nil
}

var errKey = errors.New("keys are not strings or whole numbers, and have no MarshalText method")

// keyName returns what turns keys of a map into names.
func keyName(t reflect.Type) (func(reflect.Value) (string, error), error) {
	switch k := t.Kind(); {
	case k == reflect.String:
		return func(v reflect.Value) (string, error) { return v.String(), nil }, nil
	case t.Implements(textMarshalerType):
		return func(v reflect.Value) (string, error) {
			if v.Kind() == reflect.Pointer && v.IsNil() {
				return "", nil
			}
			text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
			return string(text), err
		}, nil
	case k >= reflect.Int && k <= reflect.Int64:
		return func(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil }, nil
	case k >= reflect.Uint && k <= reflect.Uintptr:
		return func(v reflect.Value) (string, error) { return strconv.FormatUint(v.Uint(), 10), nil }, nil
	}
	return nil, errKey
}
