// Package fields finds the fields of a struct that a format reads and writes:
// by their tags, and through embedded structs by the rules of encoding/json.
package fields

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Field is one field as a format sees it.
type Field struct {
	// Name in the records: from the tag, or the field's own.
	Name string
	// Type of the Go field.
	Type reflect.Type
	// Hops are the embedded pointers between the struct and the field.
	Hops []Hop
	// Offset of the field, from the last hop on.
	Offset uintptr

	options []string // of the tag
	tagged  bool     // the tag has a name
	index   []int
}

// Hop is an embedded pointer to a struct, on the way to a field.
type Hop struct {
	Offset uintptr // from the hop before
	Elem   reflect.Type
	// Sealed says that the pointer is not exported: it is followed, never set.
	Sealed bool
}

// Has says whether the tag has an option: "omitempty".
func (f *Field) Has(option string) bool { return slices.Contains(f.options, option) }

// Of returns the fields of a struct type in the order they are written. Of the
// tags it is given the first that a field has counts.
//
// A field of an embedded struct that has no name of its own is taken like one of
// the struct itself. Of several fields with one name the least deeply embedded
// counts, among those a tagged one; where that leaves several, none does.
func Of(t reflect.Type, tags ...string) []Field {
	level := []nest{{t: t}}
	seen := map[reflect.Type]bool{}
	taken := map[string]bool{} // names that a level above has, or fights over
	var all []Field
	for len(level) > 0 {
		var found []Field
		var deeper []nest
		for i, n := range level {
			if seen[n.t] {
				continue
			}
			// The same type twice on one level: its fields hide each other.
			copies := 1
			for _, other := range level[i+1:] {
				if other.t == n.t {
					copies = 2
				}
			}
			seen[n.t] = true
			own, embedded := n.scan(tags)
			for range copies {
				found = append(found, own...)
			}
			deeper = append(deeper, embedded...)
		}
		all = append(all, dominant(found, taken)...)
		level = deeper
	}
	slices.SortFunc(all, func(a, b Field) int { return slices.Compare(a.index, b.index) })
	return all
}

// dominant returns the fields of one level that count, and takes their names.
func dominant(found []Field, taken map[string]bool) (all []Field) {
	slices.SortStableFunc(found, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n].Name == found[0].Name {
			n++
		}
		same := found[:n]
		found = found[n:]
		if taken[same[0].Name] {
			continue
		}
		taken[same[0].Name] = true
		if tagged := slices.DeleteFunc(slices.Clone(same), func(f Field) bool { return !f.tagged }); len(tagged) > 0 {
			same = tagged
		}
		if len(same) == 1 {
			all = append(all, same[0])
		}
	}
	return all
}

// nest is a struct to scan: the outer one or an embedded one.
type nest struct {
	t      reflect.Type
	index  []int
	hops   []Hop
	offset uintptr
}

// scan returns the struct's own fields and the structs embedded in it.
func (n nest) scan(tags []string) (own []Field, embedded []nest) {
	for i := range n.t.NumField() {
		sf := n.t.Field(i)
		target := sf.Type
		if target.Kind() == reflect.Pointer && target.Name() == "" {
			target = target.Elem()
		}
		isStruct := target.Kind() == reflect.Struct
		if !sf.IsExported() && !(sf.Anonymous && isStruct) {
			continue // but an unexported embedded struct may have exported fields
		}
		tag := tagOf(sf, tags)
		if tag == "-" {
			continue
		}
		parts := strings.Split(tag, ",")
		name, tagged := parts[0], validName(parts[0])
		index := append(slices.Clone(n.index), i)
		switch {
		case tagged || !sf.Anonymous || !isStruct:
			if !tagged {
				name = sf.Name
			}
			own = append(own, Field{
				Name: name, Type: sf.Type, Hops: n.hops, Offset: n.offset + sf.Offset,
				options: parts[1:], tagged: tagged, index: index,
			})
		case sf.Type.Kind() == reflect.Pointer:
			hop := Hop{Offset: n.offset + sf.Offset, Elem: target, Sealed: !sf.IsExported()}
			embedded = append(embedded, nest{t: target, index: index, hops: append(slices.Clone(n.hops), hop)})
		default:
			embedded = append(embedded, nest{t: target, index: index, hops: n.hops, offset: n.offset + sf.Offset})
		}
	}
	return own, embedded
}

func tagOf(sf reflect.StructField, tags []string) string {
	for _, key := range tags {
		if tag, ok := sf.Tag.Lookup(key); ok {
			return tag
		}
	}
	return ""
}

// validName says whether a tag's name is taken: letters, digits, and
// punctuation that needs no escape in a JSON string or a tag.
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r)
	})
}
