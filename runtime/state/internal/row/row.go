// Package row compiles Go types into programs that write and read their values
// as Avro-binary rows. A type is looked at once, by reflection; rows then go
// through a list of steps that know offsets and sizes.
//
// Read shape.go for which types there are, schema.go for what they look like in
// Avro, encode.go and decode.go for the programs, resolve.go for reading rows
// whose type has changed since.
//
// All unsafe code is in encode.go, decode.go, scalars.go, elements.go and
// maps.go. It rests on
// one rule: a step's offset, size and kind come from the reflect.Type that the
// program was compiled for, and callers pass pointers to values of that type.
package row

import (
	"encoding/json"
	"reflect"
	"unsafe"
)

// Type is how values of one Go type are written and read. It is safe for
// concurrent use.
type Type struct {
	shape  *shape
	schema json.RawMessage
	encode encoder
	decode decoder
	left   []string // fields that are not kept, by their tag
	added  []string // fields that rows of the writer lack
	lost   []string // fields of the writer that are skipped
}

// Of compiles a type. The error is a fault.List of every part that no row can
// hold.
func Of(t reflect.Type) (*Type, error) {
	b := shapes{root: t}
	s := b.of(t, "")
	if err := b.faults.Err(); err != nil {
		return nil, err
	}
	own := schemaOf(s)
	r := resolver{}
	r.read(own, s, 0, "")
	return &Type{shape: s, schema: own.render(), encode: encoderOf(s), decode: r.steps, left: b.left}, nil
}

// Schema is the Avro schema of the rows that Append writes.
func (t *Type) Schema() json.RawMessage { return t.schema }

// Append appends the row of the value at v.
func (t *Type) Append(dst []byte, v unsafe.Pointer) []byte { return t.encode.append(dst, v) }

// Decode reads a row into the zero value at v and returns what follows it.
// Nothing of v is a view of data.
func (t *Type) Decode(data []byte, v unsafe.Pointer) (rest []byte, err error) {
	at, err := t.decode.decode(data, 0, v)
	if err != nil {
		return nil, err
	}
	return data[at:], nil
}

// Changes are the fields that rows of the writer lack, and those of the writer
// that the type lacks, after Resolve.
func (t *Type) Changes() (added, lost []string) { return t.added, t.lost }

// Left are the fields that rows do not hold because their tag says so.
func (t *Type) Left() []string { return t.left }
