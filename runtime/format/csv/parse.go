package csv

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

// parse reads the text of a cell, never empty, into what dst points to.
type parse func(text []byte, dst unsafe.Pointer) error

var textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()

func parseOf(t reflect.Type) (parse, error) {
	if reflect.PointerTo(t).Implements(textUnmarshalerType) {
		return func(text []byte, dst unsafe.Pointer) error {
			return reflect.NewAt(t, dst).Interface().(encoding.TextUnmarshaler).UnmarshalText(text)
		}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return func(text []byte, dst unsafe.Pointer) error {
			*(*string)(dst) = view(text)
			return nil
		}, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return func(text []byte, dst unsafe.Pointer) error {
				*(*[]byte)(dst) = text
				return nil
			}, nil
		}
	case reflect.Pointer:
		elem, err := parseOf(t.Elem())
		return func(text []byte, dst unsafe.Pointer) error {
			to := reflect.New(t.Elem()).UnsafePointer()
			*(*unsafe.Pointer)(dst) = to
			return elem(text, to)
		}, err
	case reflect.Bool:
		return func(text []byte, dst unsafe.Pointer) error {
			b, err := strconv.ParseBool(trimmed(text))
			if err != nil {
				return fmt.Errorf("%q where true or false is wanted", text)
			}
			*(*bool)(dst) = b
			return nil
		}, nil
	case reflect.Int:
		return parseInt[int], nil
	case reflect.Int8:
		return parseInt[int8], nil
	case reflect.Int16:
		return parseInt[int16], nil
	case reflect.Int32:
		return parseInt[int32], nil
	case reflect.Int64:
		return parseInt[int64], nil
	case reflect.Uint:
		return parseUint[uint], nil
	case reflect.Uint8:
		return parseUint[uint8], nil
	case reflect.Uint16:
		return parseUint[uint16], nil
	case reflect.Uint32:
		return parseUint[uint32], nil
	case reflect.Uint64:
		return parseUint[uint64], nil
	case reflect.Float32:
		return parseFloat[float32], nil
	case reflect.Float64:
		return parseFloat[float64], nil
	}
	return nil, fmt.Errorf("%s cannot be read from a cell", t)
}

func view(text []byte) string { return unsafe.String(unsafe.SliceData(text), len(text)) }

func trimmed(text []byte) string { return view(bytes.TrimSpace(text)) }

func parseInt[I int | int8 | int16 | int32 | int64](text []byte, dst unsafe.Pointer) error {
	bits := int(unsafe.Sizeof(I(0))) * 8
	n, err := strconv.ParseInt(trimmed(text), 10, bits)
	if err != nil {
		return number(text, "a whole number", fmt.Sprint("int", bits), err)
	}
	*(*I)(dst) = I(n)
	return nil
}

func parseUint[U uint | uint8 | uint16 | uint32 | uint64](text []byte, dst unsafe.Pointer) error {
	bits := int(unsafe.Sizeof(U(0))) * 8
	n, err := strconv.ParseUint(trimmed(text), 10, bits)
	if err != nil {
		return number(text, "a whole number from 0 on", fmt.Sprint("uint", bits), err)
	}
	*(*U)(dst) = U(n)
	return nil
}

func parseFloat[F float32 | float64](text []byte, dst unsafe.Pointer) error {
	bits := int(unsafe.Sizeof(F(0))) * 8
	f, err := strconv.ParseFloat(trimmed(text), bits)
	if err != nil {
		return number(text, "a number", fmt.Sprint("float", bits), err)
	}
	*(*F)(dst) = F(f)
	return nil
}

// number says what is wrong with a number.
func number(text []byte, want, size string, err error) error {
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s does not fit in %s", text, size)
	}
	return fmt.Errorf("%q where %s is wanted", text, want)
}
