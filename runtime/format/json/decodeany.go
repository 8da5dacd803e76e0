package json

import (
	"strconv"
	"unsafe"
)

// decodeAny reads any value into an empty interface: nil, bool, float64,
// string, []any or map[string]any.
func decodeAny(p *parser, i int, dst unsafe.Pointer) int {
	v, end := p.any(i)
	if end >= 0 {
		*(*any)(dst) = v
	}
	return end
}

func (p *parser) any(i int) (any, int) {
	if i >= len(p.data) {
		return nil, p.skip(i)
	}
	switch c := p.data[i]; {
	case c == '"':
		var s string
		end := p.string(i, &s)
		return s, end
	case c == '-' || isDigit(c):
		var f float64
		end := p.float64(i, &f)
		return f, end
	case c == '{':
		return p.anyObject(i)
	case c == '[':
		return p.anyArray(i)
	case c == 't', c == 'f':
		var b bool
		end := p.bool(i, &b)
		return b, end
	}
	return nil, p.literal(i, "null")
}

func (p *parser) anyObject(i int) (any, int) {
	object := map[string]any{}
	at, more := p.open(i, '}')
	for more {
		raw, value := p.key(at)
		if value < 0 {
			return nil, value
		}
		name := textOf(raw)
		var v any
		if v, at = p.any(value); at < 0 {
			return nil, p.within(name)
		}
		object[name] = v
		at, more = p.next(at, '}')
	}
	return object, at
}

func (p *parser) anyArray(i int) (any, int) {
	array := []any{}
	at, more := p.open(i, ']')
	for more {
		var v any
		if v, at = p.any(at); at < 0 {
			return nil, p.within("[" + strconv.Itoa(len(array)) + "]")
		}
		array = append(array, v)
		at, more = p.next(at, ']')
	}
	return array, at
}
