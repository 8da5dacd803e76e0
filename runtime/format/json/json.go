// Package json is the format of one JSON value a record.
package json

import (
	"bytes"
	"encoding/json"
)

// Decoder decodes JSON into values of T.
type Decoder[T any] struct{}

// NewDecoder compiles the decoder of T.
func NewDecoder[T any]() (*Decoder[T], error) { return &Decoder[T]{}, nil }

// Decode reads one record into v.
func (*Decoder[T]) Decode(data []byte, v *T) error { return json.Unmarshal(data, v) }

// Encoder encodes values of T as JSON, without escaping HTML.
type Encoder[T any] struct {
	out bytes.Buffer
}

// NewEncoder compiles the encoder of T.
func NewEncoder[T any]() (*Encoder[T], error) { return &Encoder[T]{}, nil }

// Append appends the record of v to dst.
func (e *Encoder[T]) Append(dst []byte, v *T) ([]byte, error) {
	e.out.Reset()
	to := json.NewEncoder(&e.out)
	to.SetEscapeHTML(false)
	if err := to.Encode(v); err != nil {
		return dst, err
	}
	return append(dst, bytes.TrimSuffix(e.out.Bytes(), []byte("\n"))...), nil
}
