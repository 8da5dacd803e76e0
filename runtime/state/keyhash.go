package state

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// hashVersion starts the name of every hash. It changes when any of them does.
const hashVersion = "spaas1-"

// HashOf returns the stable hash of a kind of key, chosen once when the graph
// is built. It fills out, which is at least as long as keys. Integers, bool,
// string and structs and arrays of those have one; the error (a fault.List)
// names every part of K that has none. An integer hashes as its value, whatever
// its size, so that a key can be widened.
//
// The function is safe for concurrent use. Equal keys have equal hashes, in
// every process and version; blank fields do not count, as in ==.
func HashOf[K comparable]() (func(keys []K, out []uint64), error) {
	h, err := hashOf[K]()
	return h.columns, err
}

// keyHash is a hash with the name that manifests know it by, such as
// spaas1-int64 or spaas1-{int64,string}.
type keyHash[K comparable] struct {
	name    string
	columns func(keys []K, out []uint64)
}

func hashOf[K comparable]() (keyHash[K], error) {
	t := reflect.TypeFor[K]()
	p := keyParts{key: t}
	name := p.add(t, 0, "")
	if err := p.faults.Err(); err != nil {
		return keyHash[K]{}, err
	}
	return keyHash[K]{hashVersion + name, columnsOf[K](p.parts)}, nil
}

// keyPart is what a key is made of in the end: an integer, a bool, a string or
// an array of bytes.
type keyPart struct {
	kind   reflect.Kind
	offset uintptr // in the key
	bytes  int     // of an array
}

// keyParts takes a type of key apart.
type keyParts struct {
	key    reflect.Type
	parts  []keyPart
	faults fault.List
}

var timeType = reflect.TypeFor[time.Time]()

// add adds the parts of a type that stands at an offset of the key, under a
// path of fields, and returns the name of its hash.
func (p *keyParts) add(t reflect.Type, offset uintptr, path string) string {
	switch kind := t.Kind(); {
	case reflect.Int <= kind && kind <= reflect.Uint64:
		p.parts = append(p.parts, keyPart{kind: kind, offset: offset})
		return "int64"
	case kind == reflect.Bool, kind == reflect.String:
		p.parts = append(p.parts, keyPart{kind: kind, offset: offset})
		return kind.String()
	case kind == reflect.Array && t.Elem().Kind() == reflect.Uint8:
		p.parts = append(p.parts, keyPart{kind: kind, offset: offset, bytes: t.Len()})
		return fmt.Sprintf("[%d]byte", t.Len())
	case kind == reflect.Array:
		element, before, faults := "", len(p.parts), len(p.faults)
		for i := 0; i < max(t.Len(), 1) && len(p.faults) == faults; i++ {
			element = p.add(t.Elem(), offset+uintptr(i)*t.Elem().Size(), path+"[]")
		}
		if t.Len() == 0 {
			p.parts = p.parts[:before]
		}
		return fmt.Sprintf("[%d]%s", t.Len(), element)
	case kind == reflect.Struct && t != timeType:
		var names []string
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" {
				names = append(names, p.add(f.Type, offset+f.Offset, path+"."+f.Name))
			}
		}
		return "{" + strings.Join(names, ",") + "}"
	}
	f := &fault.Error{What: fmt.Sprintf("%s cannot be a key: it has no stable hash", t), Do: keyAdvice(t), Incurable: true}
	if path != "" {
		f.Where = p.key.String() + path
	}
	p.faults = append(p.faults, f)
	return ""
}

// keyAdvice says what to use for a key instead.
func keyAdvice(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		return "key by an integer, such as cents"
	case reflect.Pointer:
		return "key by what it points to"
	case reflect.Interface:
		return "key by one concrete type"
	case reflect.Struct:
		return "key by its UnixNano"
	}
	return "key by integers, bools, strings, or structs and arrays of those"
}
