package state

import (
	"encoding/json"
	"reflect"
	"unsafe"

	"github.com/spaas/spaas/runtime/state/internal/row"
)

// Codec encodes values of one Go type as Avro-binary rows: bools, all integers
// and floats, strings, []byte, time.Time, and structs, slices, arrays, pointers
// and maps with string keys of those.
//
// A field is named by its tag spaas:"name", else by its json tag, else as in
// Go; spaas:"-" leaves it out (json:"-" does not, since a sum that an output
// hides is still state). What a row cannot hold is refused when the codec is
// compiled, unexported fields too: they would be zero after a restore.
//
// Values come back as they were, nil and empty slices kept apart, except that a
// time.Time loses the name of its zone and its monotonic clock. A Codec is safe
// for concurrent use.
type Codec[V any] struct {
	row *row.Type
}

// CodecOf compiles the codec of V. The error is a fault.List of every field that
// cannot be kept.
func CodecOf[V any]() (*Codec[V], error) {
	t, err := row.Of(reflect.TypeFor[V]())
	if err != nil {
		return nil, err
	}
	return &Codec[V]{t}, nil
}

// Schema is the Avro schema of the rows.
func (c *Codec[V]) Schema() json.RawMessage { return c.row.Schema() }

// Append appends one row to dst.
func (c *Codec[V]) Append(dst []byte, v *V) []byte { return c.row.Append(dst, unsafe.Pointer(v)) }

// Decode reads one row into v, which need not be zero, and returns what follows
// it. The value is new in all its parts: nothing of what v held is used again,
// and nothing is a view of data.
func (c *Codec[V]) Decode(data []byte, v *V) (rest []byte, err error) {
	*v = *new(V)
	return c.row.Decode(data, unsafe.Pointer(v))
}

// Shares says that values of V can share memory that is changed in place, by
// slices, maps or pointers.
func (c *Codec[V]) Shares() bool { return c.row.Shares() }

// Copy returns a value that shares nothing with v. What rows leave out it lacks.
func (c *Codec[V]) Copy(v *V) (copied V, err error) {
	_, err = c.Decode(c.Append(nil, v), &copied)
	return copied, err
}

// Resolve returns a codec that reads rows written with another schema and
// writes them as c does. Fields that the rows lack are zero, fields that V lacks
// are skipped, and fields of a wider type now are widened; where that is not
// enough, the error is a fault.List of every field that cannot be read.
func (c *Codec[V]) Resolve(writer json.RawMessage) (*Codec[V], error) {
	t, err := c.row.Resolve(writer)
	if err != nil {
		return nil, err
	}
	return &Codec[V]{t}, nil
}
