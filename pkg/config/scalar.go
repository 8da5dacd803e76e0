package config

import (
	"errors"
	"reflect"
	"strconv"
)

// scalarType is how one type of the model is written in a document.
type scalarType struct {
	expects string // "a size like 512MiB"
	// kinds of nodes it may be; their text is what read gets.
	kinds []kind
	read  func(text string, into reflect.Value) error
	// json and pattern are the types and the pattern of the JSON schema.
	json    []string
	pattern string
}

// scalars are the types by what they are made of, for those that have no
// meaning of their own.
var scalars = map[reflect.Kind]*scalarType{
	// 5m, 3 and true are texts too where a text is expected.
	reflect.String: {
		expects: "text", kinds: []kind{text, number, boolean}, json: []string{"string", "number", "boolean"},
		read: func(s string, into reflect.Value) error { into.SetString(s); return nil },
	},
	reflect.Int:   whole,
	reflect.Int64: whole,
	reflect.Uint64: {
		expects: "a whole number from 0", kinds: []kind{number}, json: []string{"integer"},
		read: func(s string, into reflect.Value) error {
			n, err := strconv.ParseUint(s, 10, 64)
			into.SetUint(n)
			return numberError(err)
		},
	},
	reflect.Float64: {
		expects: "a number", kinds: []kind{number, text}, json: []string{"number"},
		read: func(s string, into reflect.Value) error {
			x, err := strconv.ParseFloat(s, 64)
			into.SetFloat(x)
			return numberError(err)
		},
	},
}

var whole = &scalarType{
	expects: "a whole number", kinds: []kind{number}, json: []string{"integer"},
	read: func(s string, into reflect.Value) error {
		n, err := strconv.ParseInt(s, 10, 64)
		if err == nil && into.OverflowInt(n) {
			err = strconv.ErrRange
		}
		into.SetInt(n)
		return numberError(err)
	},
}

// numberError says what strconv means, without naming it.
func numberError(err error) error {
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errTooMuch
	case err != nil:
		return errors.New("it is none")
	}
	return nil
}

// quantities are the types with a meaning of their own.
var quantities = map[reflect.Type]*scalarType{
	reflect.TypeFor[Duration](): {
		expects: "a duration like 1m30s", kinds: []kind{text, number}, json: []string{"string"},
		pattern: `^(0|([0-9]+(\.[0-9]+)?(w|d|h|m|s|ms|us|ns))+)$`, read: quantity(ParseDuration),
	},
	reflect.TypeFor[ByteSize](): {
		expects: "a size like 512MiB", kinds: []kind{text, number}, json: []string{"string", "integer"},
		pattern: `^[0-9]+(\.[0-9]+)?([KMGT]i?B|B)?$`, read: quantity(ParseByteSize),
	},
	reflect.TypeFor[Rate](): {
		expects: "a rate like 100/s", kinds: []kind{text, number}, json: []string{"string", "number"},
		pattern: `^[0-9]+(\.[0-9]+)?(/(s|min|h|d))?$`, read: quantity(ParseRate),
	},
}

func quantity[T any](parse func(string) (T, error)) func(string, reflect.Value) error {
	return func(s string, into reflect.Value) error {
		value, err := parse(s)
		into.Set(reflect.ValueOf(value))
		return err
	}
}

// scalarOf is how a type is written, nil when it is no scalar.
func scalarOf(t reflect.Type) *scalarType {
	if q := quantities[t]; q != nil {
		return q
	}
	return scalars[t.Kind()]
}

// limit checks a value that was read against a minimum and maximum, written as
// the value is. It returns what the limit is when it is passed.
func (s *scalarType) limit(value reflect.Value, least, most string) string {
	bound := reflect.New(value.Type()).Elem()
	if least != "" && s.read(least, bound) == nil && compareNumbers(value, bound) < 0 {
		return "at least " + least
	}
	if most != "" && s.read(most, bound) == nil && compareNumbers(value, bound) > 0 {
		return "at most " + most
	}
	return ""
}

func compareNumbers(a, b reflect.Value) int {
	less := false
	switch {
	case a.CanInt():
		less = a.Int() < b.Int()
	case a.CanUint():
		less = a.Uint() < b.Uint()
	case a.CanFloat():
		less = !(a.Float() >= b.Float()) // what is not a number passes no limit
	}
	switch {
	case less:
		return -1
	case a.Equal(b):
		return 0
	}
	return 1
}
