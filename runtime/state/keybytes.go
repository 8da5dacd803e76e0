package state

import (
	"reflect"
	"strings"
	"unsafe"
)

const (
	firstChunk = 1 << 10
	lastChunk  = 1 << 16
)

// keyBytes owns the bytes of a table's keys. Strings of keys are often views of
// a whole fetch of records, which would live as long as the row. Copies lie
// together in chunks, so that the garbage collector has few objects to mark.
type keyBytes struct {
	strings []uintptr // offsets in the key
	chunk   []byte    // what is left of it
	size    int       // of the next chunk
}

func keyBytesOf(key reflect.Type) keyBytes {
	return keyBytes{strings: stringsIn(key, 0), size: firstChunk}
}

// stringsIn are the offsets of all strings in a type that stands at an offset.
func stringsIn(t reflect.Type, offset uintptr) (at []uintptr) {
	switch t.Kind() {
	case reflect.String:
		at = append(at, offset)
	case reflect.Array:
		for i := range t.Len() {
			at = append(at, stringsIn(t.Elem(), offset+uintptr(i)*t.Elem().Size())...)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			at = append(at, stringsIn(t.Field(i).Type, offset+t.Field(i).Offset)...)
		}
	}
	return at
}

// own replaces the strings of a key, which is of the type that b was made for.
func (b *keyBytes) own(key unsafe.Pointer) {
	for _, offset := range b.strings {
		s := (*string)(unsafe.Add(key, offset))
		*s = b.copy(*s)
	}
}

func (b *keyBytes) copy(s string) string {
	switch {
	case len(s) == 0:
		return ""
	case len(s) > lastChunk/8:
		return strings.Clone(s)
	case len(s) > len(b.chunk):
		b.chunk = make([]byte, max(b.size, len(s)))
		b.size = min(2*b.size, lastChunk)
	}
	n := copy(b.chunk, s)
	owned := unsafe.String(&b.chunk[0], n) // never written again
	b.chunk = b.chunk[n:]
	return owned
}

// forget lets go of all keys. Who still holds one keeps its chunk alive.
func (b *keyBytes) forget() { b.chunk = nil }
