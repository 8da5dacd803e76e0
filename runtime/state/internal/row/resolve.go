package row

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// Resolve returns a type that reads rows of another schema, and writes them as
// t does. What may differ: fields of a record may have been added (they are
// zero), dropped (they are skipped) and reordered, and what a field holds may
// have been widened:
//
//   - an integer to one that holds all its values, or to a float; a value that
//     the float cannot hold exactly is an error when it is met
//   - a float to a float64
//   - a string to bytes
//   - anything to a pointer to it, an array to a slice
//
// All else is refused. The error is a fault.List that names every field.
func (t *Type) Resolve(writer json.RawMessage) (*Type, error) {
	w, err := parseSchema(writer)
	if err != nil {
		return nil, &fault.Error{What: "the schema that the rows were written with cannot be read", Err: err, Incurable: true}
	}
	r := resolver{}
	r.read(w, t.shape, 0, "")
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	resolved := *t
	resolved.decode, resolved.added, resolved.lost = r.steps, r.added, r.lost
	return &resolved, nil
}

// resolver compiles the decoder of rows of one schema into one shape.
type resolver struct {
	steps  decoder
	added  []string
	lost   []string
	faults fault.List
}

// refuse notes that a field cannot be read. The path is from the root.
func (r *resolver) refuse(w *schema, s *shape, path, because string) {
	what := fmt.Sprintf("%v cannot become %s", w, s.typ)
	if because != "" {
		what += ": " + because
	}
	where := ""
	if path != "" {
		where = "field " + path
	}
	r.faults = append(r.faults, &fault.Error{
		What: what, Where: where, Incurable: true,
		Do: "give the field its old type, or give the new one another name (the old value is then dropped)",
	})
}

// sub compiles the decoder of an element.
func (r *resolver) sub(w *schema, s *shape, path string) decoder {
	elem := resolver{}
	elem.read(w, s, 0, path)
	r.added, r.lost = append(r.added, elem.added...), append(r.lost, elem.lost...)
	r.faults = append(r.faults, elem.faults...)
	return elem.steps
}

// read adds the steps that read a schema into a shape at an offset.
func (r *resolver) read(w *schema, s *shape, offset uintptr, path string) {
	step := readStep{offset: offset, path: path}
	if w.form == avroNullable {
		if !s.kind.nilable() {
			r.refuse(w, s, path, "a nil has no place in it")
			return
		}
		at := len(r.steps)
		step.do = ifSet
		r.steps = append(r.steps, step)
		r.read(w.elem, s, offset, path)
		r.steps[at].count = len(r.steps) - at - 1
		return
	}
	switch {
	case s.kind == ofPointer:
		step.do, step.typ, step.elem = readPointer, s.elem.typ, r.sub(w, s.elem, path)
	case w.form == avroRecord && w.name == timeName && s.kind == ofTime:
		step.do = readTime
	case w.form == avroRecord && s.kind == ofRecord:
		r.record(w, s, offset, path)
		return
	case w.form == avroArray && (s.kind == ofSlice || s.kind == ofArray):
		step.do, step.typ, step.size = readSlice, s.typ, s.elem.typ.Size()
		step.elem, step.least = r.sub(w.elem, s.elem, path+"[]"), w.elem.least()
		if s.kind == ofArray {
			step.do, step.count = readArray, s.typ.Len()
			if w.size != step.count {
				r.refuse(w, s, path, "their lengths differ")
			}
		}
	case w.form == avroMap && s.kind == ofMap:
		step.do, step.maps = readMap, newMapCodec(s.typ)
		step.elem, step.least = r.sub(w.elem, s.elem, path+"[]"), w.elem.least()
	case w.form == avroFixed && s.kind == ofFixed:
		step.do, step.count = readFixed, w.size
		if w.size != s.typ.Len() {
			r.refuse(w, s, path, "their lengths differ")
		}
	default:
		var because string
		if step.do, because = scalar(w, s); because != "" {
			r.refuse(w, s, path, strings.TrimSpace(because))
		}
	}
	r.steps = append(r.steps, step)
}

// record adds steps for fields in the order of the writer.
func (r *resolver) record(w *schema, s *shape, offset uintptr, path string) {
	written := map[string]bool{}
	for _, f := range w.fields {
		written[f.name] = true
		own := slices.IndexFunc(s.fields, func(o field) bool { return o.name == f.name })
		if own < 0 {
			r.lost = append(r.lost, join(path, f.name))
			r.skip(f.schema)
			continue
		}
		r.read(f.schema, s.fields[own].shape, offset+s.fields[own].offset, join(path, f.name))
	}
	for _, f := range s.fields {
		if !written[f.name] {
			r.added = append(r.added, join(path, f.name))
		}
	}
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// scalar is how a value without parts is read, or why it is not.
func scalar(w *schema, s *shape) (do action, because string) {
	switch w.form {
	case avroBoolean:
		if s.kind == ofBool {
			return readBool, ""
		}
	case avroFloat, avroDouble:
		switch {
		case s.kind == ofFloat32 && w.form == avroFloat:
			return readFloat32, ""
		case s.kind == ofFloat64 && w.form == avroFloat:
			return widenFloat, ""
		case s.kind == ofFloat64:
			return readFloat64, ""
		case s.kind == ofFloat32:
			return 0, "it would lose digits"
		}
	case avroString, avroBytes:
		switch {
		case s.kind == ofBytes:
			return readBytes, ""
		case s.kind == ofString && w.form == avroString:
			return readString, ""
		}
	case avroInt, avroLong:
		switch {
		case s.kind == ofFloat32 && w.goKind != ofUint64:
			return floatInt32, ""
		case s.kind == ofFloat64 && w.goKind != ofUint64:
			return floatInt64, ""
		case s.kind < ofInt8 || s.kind > ofUint64:
		case !w.goKind.within(s.kind):
			return 0, "it does not hold all its values"
		default:
			return integers[s.memory()], ""
		}
	}
	return 0, " " // no reason beyond the types
}

var integers = map[kind]action{
	ofInt8: readInt8, ofInt16: readInt16, ofInt32: readInt32, ofInt64: readInt64,
	ofUint8: readUint8, ofUint16: readUint16, ofUint32: readUint32, ofUint64: readInt64,
}

// bits is the size of an integer kind, and whether it is unsigned.
func (k kind) bits() (n int, unsigned bool) {
	if k >= ofUint8 {
		return 8 << (k - ofUint8), true
	}
	return 8 << (k - ofInt8), false
}

// within says that an integer kind has no value that another lacks.
func (k kind) within(other kind) bool {
	a, unsigned := k.bits()
	b, otherUnsigned := other.bits()
	return a <= b && unsigned == otherUnsigned || unsigned && a < b
}

// skip adds steps that go over a schema.
func (r *resolver) skip(w *schema) {
	step := readStep{}
	switch w.form {
	case avroBoolean, avroInt, avroLong:
		step.do = skipLong
	case avroFloat:
		step.do, step.count = skipFixed, 4
	case avroDouble:
		step.do, step.count = skipFixed, 8
	case avroFixed:
		step.do, step.count = skipFixed, w.size
	case avroString, avroBytes:
		step.do = skipString
	case avroRecord:
		for _, f := range w.fields {
			r.skip(f.schema)
		}
		return
	case avroArray, avroMap:
		elem := resolver{}
		elem.skip(w.elem)
		step.do, step.elem, step.least = skipArray, elem.steps, w.elem.least()
		if w.form == avroMap {
			step.do = skipMap
		}
	case avroNullable:
		at := len(r.steps)
		step.do = ifSet
		r.steps = append(r.steps, step)
		r.skip(w.elem)
		r.steps[at].count = len(r.steps) - at - 1
		return
	}
	r.steps = append(r.steps, step)
}
