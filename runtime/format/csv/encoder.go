package csv

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"unsafe"
)

// Encoder encodes values of T as records. It is used by one goroutine.
type Encoder[T any] struct {
	columns []column[print]
	cells   bool // T is []string
}

// NewEncoder compiles the encoder of T, or says what in T cannot be a cell.
func NewEncoder[T any]() (*Encoder[T], error) {
	t := reflect.TypeFor[T]()
	if t == reflect.TypeFor[[]string]() {
		return &Encoder[T]{cells: true}, nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no struct: a record of CSV is written from the fields of one, or from []string", t)
	}
	columns, err := columnsOf(t, printOf)
	if err != nil {
		return nil, err
	}
	return &Encoder[T]{columns: columns}, nil
}

// Header names the columns, nil for []string, which has no names.
func (e *Encoder[T]) Header() []byte {
	var header []byte
	for i := range e.columns {
		if i > 0 {
			header = append(header, ',')
		}
		header = appendCell(header, e.columns[i].Name)
	}
	return header
}

// Append appends the record of v to dst, without a line end.
func (e *Encoder[T]) Append(dst []byte, v *T) ([]byte, error) {
	begin := len(dst)
	if e.cells {
		for i, text := range *(*[]string)(unsafe.Pointer(v)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCell(dst, text)
		}
	}
	for i := range e.columns {
		c := &e.columns[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		src := c.find(unsafe.Pointer(v))
		if src == nil {
			continue
		}
		var err error
		if dst, err = c.cell(dst, src); err != nil {
			return dst, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	if len(dst) == begin {
		dst = append(dst, `""`...) // an empty line would be no record
	}
	return dst, nil
}

// print appends what src points to as a cell.
type print func(dst []byte, src unsafe.Pointer) ([]byte, error)

var (
	textAppenderType  = reflect.TypeFor[encoding.TextAppender]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

func printOf(t reflect.Type) (print, error) {
	p := reflect.PointerTo(t)
	switch k := t.Kind(); {
	case t.Kind() == reflect.Pointer:
		elem, err := printOf(t.Elem())
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			if src = *(*unsafe.Pointer)(src); src == nil {
				return dst, nil
			}
			return elem(dst, src)
		}, err
	case p.Implements(textAppenderType):
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			begin := len(dst)
			dst, err := reflect.NewAt(t, src).Interface().(encoding.TextAppender).AppendText(dst)
			if text := dst[begin:]; !plain(view(text)) {
				dst = appendCell(dst[:begin], string(text))
			}
			return dst, err
		}, nil
	case p.Implements(textMarshalerType):
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			text, err := reflect.NewAt(t, src).Interface().(encoding.TextMarshaler).MarshalText()
			return appendCell(dst, view(text)), err
		}, nil
	case k == reflect.String:
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) { return appendCell(dst, *(*string)(src)), nil }, nil
	case k == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			return appendCell(dst, view(*(*[]byte)(src))), nil
		}, nil
	case k == reflect.Bool:
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			return strconv.AppendBool(dst, *(*bool)(src)), nil
		}, nil
	case k >= reflect.Int && k <= reflect.Int64:
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			return strconv.AppendInt(dst, reflect.NewAt(t, src).Elem().Int(), 10), nil
		}, nil
	case k >= reflect.Uint && k <= reflect.Uint64:
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			return strconv.AppendUint(dst, reflect.NewAt(t, src).Elem().Uint(), 10), nil
		}, nil
	case k == reflect.Float32, k == reflect.Float64:
		return func(dst []byte, src unsafe.Pointer) ([]byte, error) {
			return appendFloat(dst, reflect.NewAt(t, src).Elem().Float(), t.Bits()), nil
		}, nil
	}
	return nil, fmt.Errorf("%s cannot be written as a cell", t)
}

// appendFloat writes an exponent only where a number is very small or very large.
func appendFloat(dst []byte, f float64, bits int) []byte {
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, bits)
}
