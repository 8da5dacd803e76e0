package json

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/spaas/spaas/runtime/format/internal/fields"
)

var (
	marshalerType     = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// encoders are those compiled so far: a type may hold itself, and what an
// interface holds is found out while records are written.
type encoders map[encodable]*encode

// encodable is a type, and whether its value has an address for encoding/json:
// the methods of pointers to it count only then. Values of maps and of
// interfaces have none.
type encodable struct {
	t         reflect.Type
	addressed bool
}

func (c encoders) of(t reflect.Type, addressed bool) (encode, error) {
	if e, ok := c[encodable{t, addressed}]; ok {
		if *e != nil {
			return *e, nil
		}
		// Under way: by the time a record is written, *e is set.
		return func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) { return (*e)(w, dst, src) }, nil
	}
	e := new(encode)
	c[encodable{t, addressed}] = e
	compiled, err := c.compile(t, addressed)
	if err != nil {
		delete(c, encodable{t, addressed})
		return nil, err
	}
	*e = compiled
	return compiled, nil
}

func (c encoders) compile(t reflect.Type, addressed bool) (encode, error) {
	switch {
	case t == timeType:
		return encodeTime, nil
	case t == numberType:
		return encodeNumber, nil
	case writes(t, addressed, marshalerType):
		return marshaler(t), nil
	case writes(t, addressed, textMarshalerType):
		return textMarshaler(t), nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return encodeBool, nil
	case reflect.String:
		return encodeString, nil
	case reflect.Int:
		return encodeInt[int], nil
	case reflect.Int8:
		return encodeInt[int8], nil
	case reflect.Int16:
		return encodeInt[int16], nil
	case reflect.Int32:
		return encodeInt[int32], nil
	case reflect.Int64:
		return encodeInt[int64], nil
	case reflect.Uint:
		return encodeUint[uint], nil
	case reflect.Uint8:
		return encodeUint[uint8], nil
	case reflect.Uint16:
		return encodeUint[uint16], nil
	case reflect.Uint32:
		return encodeUint[uint32], nil
	case reflect.Uint64:
		return encodeUint[uint64], nil
	case reflect.Uintptr:
		return encodeUint[uintptr], nil
	case reflect.Float32:
		return encodeFloat[float32], nil
	case reflect.Float64:
		return encodeFloat[float64], nil
	case reflect.Pointer:
		return c.pointer(t)
	case reflect.Struct:
		return c.object(t, addressed)
	case reflect.Slice:
		return c.slice(t)
	case reflect.Array:
		return c.array(t, addressed)
	case reflect.Map:
		return c.mapping(t)
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return encodeAny, nil
		}
		return encodeInterface(t), nil
	}
	return nil, fmt.Errorf("%s cannot be written as JSON", t)
}

// writes says whether a type has a method to write itself with.
func writes(t reflect.Type, addressed bool, method reflect.Type) bool {
	return t.Implements(method) || addressed && t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(method)
}

var errDeep = errors.New("values lie more than 10000 deep: a pointer leads back to where it comes from")

// deeper is an encode that counts how deep it is, for kinds that can hold themselves.
func deeper(e encode) encode {
	return func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		return w.deeper(dst, e, src)
	}
}

func (w *writer) deeper(dst []byte, e encode, src unsafe.Pointer) ([]byte, error) {
	if w.depth++; w.depth > maxDepth {
		return dst, errDeep
	}
	dst, err := e(w, dst, src)
	w.depth--
	return dst, err
}

func (c encoders) pointer(t reflect.Type) (encode, error) {
	elem, err := c.of(t.Elem(), true)
	if err != nil {
		return nil, err
	}
	return deeper(func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		to := *(*unsafe.Pointer)(src)
		if to == nil {
			return append(dst, "null"...), nil
		}
		return elem(w, dst, to)
	}), nil
}

func (c encoders) slice(t reflect.Type) (encode, error) {
	if t.Elem().Kind() == reflect.Uint8 {
		p := reflect.PointerTo(t.Elem())
		if !p.Implements(marshalerType) && !p.Implements(textMarshalerType) {
			return encodeBytes, nil
		}
	}
	elem, err := c.of(t.Elem(), true)
	if err != nil {
		return nil, err
	}
	size := t.Elem().Size()
	return deeper(func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		v := reflect.NewAt(t, src).Elem()
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		return w.elements(dst, elem, v.UnsafePointer(), size, v.Len())
	}), nil
}

func (c encoders) array(t reflect.Type, addressed bool) (encode, error) {
	elem, err := c.of(t.Elem(), addressed)
	if err != nil {
		return nil, err
	}
	return func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		return w.elements(dst, elem, src, t.Elem().Size(), t.Len())
	}, nil
}

// elements appends n elements that lie one behind the other.
func (w *writer) elements(dst []byte, elem encode, first unsafe.Pointer, size uintptr, n int) ([]byte, error) {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = elem(w, dst, unsafe.Add(first, uintptr(i)*size)); err != nil {
			return dst, within(err, "["+strconv.Itoa(i)+"]")
		}
	}
	return append(dst, ']'), nil
}

func (c encoders) field(f *fields.Field, addressed bool) (encode, error) {
	e, err := c.of(f.Type, addressed)
	if err != nil || !f.Has("string") || !quotable(f.Type) {
		return e, err
	}
	return quotes(f.Type, addressed, e), nil
}

// quotes is for a field with the option "string": its value in a string, unless
// the type's own method writes it.
func quotes(t reflect.Type, addressed bool, e encode) encode {
	if writes(t, addressed, marshalerType) || writes(t, addressed, textMarshalerType) {
		return e
	}
	pointer := t.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
		if writes(t, true, marshalerType) || writes(t, true, textMarshalerType) {
			return e
		}
	}
	text := t.Kind() == reflect.String && t != numberType
	return func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
		if pointer && *(*unsafe.Pointer)(src) == nil {
			return append(dst, "null"...), nil
		}
		if text {
			plain, err := e(w, nil, src)
			return appendString(dst, string(plain)), err
		}
		dst, err := e(w, append(dst, '"'), src)
		return append(dst, '"'), err
	}
}
