package json

import (
	"bytes"
	"reflect"
	"unsafe"
)

// Encoder encodes values of T as JSON. It is used by one goroutine.
type Encoder[T any] struct {
	writer writer
	root   encode
}

// NewEncoder compiles the encoder of T, or says what in T JSON cannot hold.
func NewEncoder[T any]() (*Encoder[T], error) {
	e := &Encoder[T]{writer: writer{encoders: encoders{}}}
	var err error
	e.root, err = e.writer.encoders.of(reflect.TypeFor[T](), true)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Append appends the record of v to dst. With an error, what was appended is of
// no use.
func (e *Encoder[T]) Append(dst []byte, v *T) ([]byte, error) {
	e.writer.depth = 0
	return e.root(&e.writer, dst, unsafe.Pointer(v))
}

// encode appends the value that src points to.
type encode func(w *writer, dst []byte, src unsafe.Pointer) ([]byte, error)

// writer is the state of writing records.
type writer struct {
	encoders encoders
	depth    int
	compact  bytes.Buffer // what a type wrote itself, without white space
}
