// Package lines is the format of records that are text as it is: strings, byte
// slices, and types that read and write themselves as text.
package lines

import (
	"encoding"
	"fmt"
	"reflect"
	"unsafe"
)

// Decoder hands the bytes of a record to T. It never allocates for strings and
// byte slices, which are views of the record.
type Decoder[T any] struct {
	decode func(data []byte, v *T) error
}

// NewDecoder makes the decoder of T, or says that T does not read itself from text.
func NewDecoder[T any]() (*Decoder[T], error) {
	d := &Decoder[T]{}
	t := reflect.TypeFor[T]()
	switch {
	case t.Kind() == reflect.String && !implements[T, encoding.TextUnmarshaler]():
		d.decode = func(data []byte, v *T) error {
			*(*string)(unsafe.Pointer(v)) = unsafe.String(unsafe.SliceData(data), len(data))
			return nil
		}
	case isBytes(t) && !implements[T, encoding.TextUnmarshaler]():
		d.decode = func(data []byte, v *T) error {
			*(*[]byte)(unsafe.Pointer(v)) = data[:len(data):len(data)]
			return nil
		}
	case implements[T, encoding.TextUnmarshaler]():
		d.decode = func(data []byte, v *T) error { return any(v).(encoding.TextUnmarshaler).UnmarshalText(data) }
	default:
		return nil, fmt.Errorf("%s is not text: lines are read into string, []byte, or a type with an UnmarshalText method", t)
	}
	return d, nil
}

// Decode reads one record into v.
func (d *Decoder[T]) Decode(data []byte, v *T) error { return d.decode(data, v) }

// Encoder writes T as text.
type Encoder[T any] struct {
	append func(dst []byte, v *T) ([]byte, error)
}

// NewEncoder makes the encoder of T, or says that T does not write itself as text.
func NewEncoder[T any]() (*Encoder[T], error) {
	e := &Encoder[T]{}
	t := reflect.TypeFor[T]()
	switch {
	case implements[T, encoding.TextAppender]():
		e.append = func(dst []byte, v *T) ([]byte, error) { return any(v).(encoding.TextAppender).AppendText(dst) }
	case implements[T, encoding.TextMarshaler]():
		e.append = func(dst []byte, v *T) ([]byte, error) {
			text, err := any(v).(encoding.TextMarshaler).MarshalText()
			return append(dst, text...), err
		}
	case t.Kind() == reflect.String:
		e.append = func(dst []byte, v *T) ([]byte, error) { return append(dst, *(*string)(unsafe.Pointer(v))...), nil }
	case isBytes(t):
		e.append = func(dst []byte, v *T) ([]byte, error) { return append(dst, *(*[]byte)(unsafe.Pointer(v))...), nil }
	default:
		return nil, fmt.Errorf("%s is not text: lines are written from string, []byte, or a type with an AppendText or MarshalText method", t)
	}
	return e, nil
}

// Append appends the record of v to dst.
func (e *Encoder[T]) Append(dst []byte, v *T) ([]byte, error) { return e.append(dst, v) }

// implements says whether *T, and so any addressable T, has the methods of I.
func implements[T, I any]() bool {
	_, ok := any((*T)(nil)).(I)
	return ok
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}
