package json

import (
	"reflect"
	"unsafe"
)

// Decoder decodes JSON into values of T. It is used by one goroutine: it learns
// the order of keys from the records it sees.
type Decoder[T any] struct {
	parser parser
	root   decode
}

// NewDecoder compiles the decoder of T, or says what in T JSON cannot hold.
func NewDecoder[T any]() (*Decoder[T], error) {
	root, err := compileDecode(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	return &Decoder[T]{root: root}, nil
}

// Decode reads one record into v, which is zero. Strings of v may be views of
// data. An error is an [Error]; v is of no use then.
func (d *Decoder[T]) Decode(data []byte, v *T) error {
	p := &d.parser
	*p = parser{data: data}
	i := d.root(p, p.space(0), unsafe.Pointer(v))
	if i >= 0 {
		if i = p.space(i); i < len(data) {
			p.fail(i, "%s follows the value", p.what(i))
			i = -1
		}
	}
	p.data = nil // the caller's, and v's
	if i < 0 {
		return p.err
	}
	return nil
}

// decode reads the value at data[i] into what dst points to, and returns the
// position behind it. Below 0 the value is refused, and p.err says why.
type decode func(p *parser, i int, dst unsafe.Pointer) int
