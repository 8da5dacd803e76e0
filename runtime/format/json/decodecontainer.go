package json

import (
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

func (p *parser) bool(i int, dst *bool) int {
	if i < len(p.data) {
		switch p.data[i] {
		case 't':
			if i = p.literal(i, "true"); i >= 0 {
				*dst = true
			}
			return i
		case 'f':
			if i = p.literal(i, "false"); i >= 0 {
				*dst = false
			}
			return i
		}
	}
	return p.null(i, "true or false")
}

// pointer makes what it points to, unless the value is null.
func (c decoders) pointer(t reflect.Type) (decode, error) {
	elem, err := c.of(t.Elem())
	if err != nil {
		return nil, err
	}
	return func(p *parser, i int, dst unsafe.Pointer) int {
		at := (*unsafe.Pointer)(dst)
		if i < len(p.data) && p.data[i] == 'n' {
			if i = p.literal(i, "null"); i >= 0 {
				*at = nil
			}
			return i
		}
		if *at == nil {
			*at = reflect.New(t.Elem()).UnsafePointer()
		}
		return elem(p, i, *at)
	}, nil
}

// slice reads an array; of bytes, a string in base64 as well.
func (c decoders) slice(t reflect.Type) (decode, error) {
	elem, err := c.of(t.Elem())
	if err != nil {
		return nil, err
	}
	bytes := t.Elem().Kind() == reflect.Uint8
	size := t.Elem().Size()
	return func(p *parser, i int, dst unsafe.Pointer) int {
		if i < len(p.data) && p.data[i] == '"' && bytes {
			return p.base64(i, (*[]byte)(dst))
		}
		v := reflect.NewAt(t, dst).Elem()
		if i >= len(p.data) || p.data[i] != '[' {
			if i = p.null(i, "an array"); i >= 0 {
				v.SetZero()
			}
			return i
		}
		at, more := p.open(i, ']')
		n := 0
		for ; more; n++ {
			if n == v.Cap() {
				v.Grow(1)
			}
			if n == v.Len() {
				v.SetLen(n + 1)
			}
			if at = elem(p, at, unsafe.Add(v.UnsafePointer(), uintptr(n)*size)); at < 0 {
				return p.within("[" + strconv.Itoa(n) + "]")
			}
			at, more = p.next(at, ']')
		}
		if at < 0 {
			return at
		}
		if n == 0 {
			v.Set(reflect.MakeSlice(t, 0, 0))
		} else {
			v.SetLen(n)
		}
		return at
	}, nil
}

// array reads as many elements as fit, skips the others, and zeroes what is left.
func (c decoders) array(t reflect.Type) (decode, error) {
	elem, err := c.of(t.Elem())
	if err != nil {
		return nil, err
	}
	size := t.Elem().Size()
	return func(p *parser, i int, dst unsafe.Pointer) int {
		if i >= len(p.data) || p.data[i] != '[' {
			return p.null(i, "an array")
		}
		at, more := p.open(i, ']')
		n := 0
		for ; more; n++ {
			if n < t.Len() {
				at = elem(p, at, unsafe.Add(dst, uintptr(n)*size))
			} else {
				at = p.skip(at)
			}
			if at < 0 {
				return p.within("[" + strconv.Itoa(n) + "]")
			}
			at, more = p.next(at, ']')
		}
		if at >= 0 {
			v := reflect.NewAt(t, dst).Elem()
			for ; n < t.Len(); n++ {
				v.Index(n).SetZero()
			}
		}
		return at
	}, nil
}

// mapping reads an object into a map by strings. Maps by anything else are rare
// and left to encoding/json.
func (c decoders) mapping(t reflect.Type) (decode, error) {
	elem, err := c.of(t.Elem())
	if err != nil {
		return nil, fmt.Errorf("values of %s: %w", t, err)
	}
	keyType := t.Key()
	switch k := keyType.Kind(); {
	case reflect.PointerTo(keyType).Implements(textUnmarshalerType), k >= reflect.Int && k <= reflect.Uintptr:
		return standard(t), nil
	case k != reflect.String:
		return nil, fmt.Errorf("keys of %s are not strings or whole numbers, and have no UnmarshalText method", t)
	}
	return func(p *parser, i int, dst unsafe.Pointer) int {
		m := reflect.NewAt(t, dst).Elem()
		if i >= len(p.data) || p.data[i] != '{' {
			if i = p.null(i, "an object"); i >= 0 {
				m.SetZero()
			}
			return i
		}
		if m.IsNil() {
			m.Set(reflect.MakeMap(t))
		}
		k, v := reflect.New(keyType).Elem(), reflect.New(t.Elem()).Elem()
		at, more := p.open(i, '}')
		for more {
			raw, value := p.key(at)
			if value < 0 {
				return value
			}
			name := textOf(raw)
			v.SetZero()
			if at = elem(p, value, v.Addr().UnsafePointer()); at < 0 {
				return p.within(name)
			}
			k.SetString(name)
			m.SetMapIndex(k, v)
			at, more = p.next(at, '}')
		}
		return at
	}, nil
}
