package json

import (
	"reflect"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/spaas/spaas/runtime/format/internal/fields"
)

// object decodes a struct.
//
// Records of a stream have the same keys in the same order, nearly always. So
// each key remembers which one followed it last time, and the raw bytes are
// compared with that one before anything is looked up: a right guess costs a
// comparison, whether the struct has a field for the key or not.
type object struct {
	fields []field
	exact  map[string]*field
	folded map[string]*field // by the name in one case; the first field wins
	known  map[string]*key   // by the raw text between the quotes
	start  key               // stands before the first key
}

// field is a field of the struct.
type field struct {
	fields.Field
	kind   kind
	decode decode // of kind other
}

// kind says how a value is decoded: the common ones without an indirect call.
type kind uint8

const (
	other kind = iota
	isString
	isInt64
	isFloat64
	isBool
)

// key is a key as records spell it.
type key struct {
	text  string // raw, with the quote and colon behind it
	field *field // nil: the struct has none, its value is skipped
	next  *key   // followed last time
}

// The keys that are remembered beyond those of the struct: a stream whose keys
// are data must not fill the memory.
const (
	maxKeys    = 256
	maxKeySize = 64
)

func (o *object) decode(p *parser, i int, dst unsafe.Pointer) int {
	b := p.data
	if i >= len(b) || b[i] != '{' {
		return p.null(i, "an object")
	}
	i, more := p.open(i, '}')
	k := &o.start
	for more {
		if guess := k.next; guess != nil && i < len(b) && b[i] == '"' && len(b)-i-1 >= len(guess.text) && string(b[i+1:i+1+len(guess.text)]) == guess.text {
			k = guess
			i += 1 + len(guess.text)
			if i < len(b) && b[i] <= ' ' {
				i = space(b, i)
			}
		} else {
			before := k
			if k, i = o.key(p, i); i < 0 {
				return i
			}
			if k != &p.stray {
				before.next = k
			}
		}
		if k.field == nil {
			i = p.skip(i)
		} else if i = o.value(p, i, dst, k.field); i < 0 {
			return p.within(k.field.Name)
		}
		if i < 0 {
			return i
		}
		if i+1 < len(b) && b[i] == ',' && b[i+1] == '"' {
			i++ // as records without white space go on
			continue
		}
		i, more = p.next(i, '}')
	}
	return i
}

// value decodes the value of a field.
func (o *object) value(p *parser, i int, dst unsafe.Pointer, f *field) int {
	for _, hop := range f.Hops {
		embedded := (*unsafe.Pointer)(unsafe.Add(dst, hop.Offset))
		if *embedded == nil {
			if hop.Sealed {
				return p.fail(i, "a value of the embedded %s cannot be made, because its name is not exported", hop.Elem)
			}
			*embedded = reflect.New(hop.Elem).UnsafePointer()
		}
		dst = *embedded
	}
	dst = unsafe.Add(dst, f.Offset)
	switch f.kind {
	case isString:
		return p.string(i, (*string)(dst))
	case isInt64:
		return p.int64(i, (*int64)(dst))
	case isFloat64:
		return p.float64(i, (*float64)(dst))
	case isBool:
		return p.bool(i, (*bool)(dst))
	}
	return f.decode(p, i, dst)
}

// key reads a key that was not guessed, and looks it up.
func (o *object) key(p *parser, i int) (*key, int) {
	raw, i := p.key(i)
	if i < 0 {
		return nil, i
	}
	if k, ok := o.known[string(raw)]; ok {
		return k, i
	}
	k := &key{field: o.find(raw)}
	if len(o.known) >= maxKeys+len(o.fields) || len(raw) > maxKeySize {
		p.stray = *k
		return &p.stray, i
	}
	name := string(raw)
	k.text = name + `":`
	o.known[name] = k
	return k, i
}

// find returns the field of a key: the one of that name, or the first one whose
// name differs only in the case of letters.
func (o *object) find(raw []byte) *field {
	name := textOf(raw)
	if f, ok := o.exact[name]; ok {
		return f
	}
	return o.folded[fold(name)]
}

// fold maps names to one another that differ only in the case of letters: each
// letter to the first of those that Unicode holds for the same.
func fold(name string) string {
	folded := make([]byte, 0, len(name))
	for _, r := range name {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				r = next
				break
			}
			r = next
		}
		folded = utf8.AppendRune(folded, r)
	}
	return string(folded)
}
