package state

import (
	"reflect"
	"unsafe"
)

// column hashes one part of each of len(out) keys, which start at p and lie
// stride bytes apart. The reads stay inside the keys: offsets and strides are
// those that reflection gives for the type of key.
type column func(p unsafe.Pointer, stride uintptr, out []uint64)

// partHash is how a part is hashed: alone, where it is the whole key, and as
// one part of several, on top of the parts before it.
type partHash struct {
	alone, part column
}

// columnsOf returns the hash of keys with these parts. It goes through a batch
// part by part: the loops stay tight, and the hashes of different keys overlap.
func columnsOf[K comparable](parts []keyPart) func(keys []K, out []uint64) {
	t := reflect.TypeFor[K]()
	stride := t.Size()
	if kind := t.Kind(); kind != reflect.Struct && kind != reflect.Array {
		alone := hashOfPart(parts[0]).alone
		return func(keys []K, out []uint64) {
			alone(unsafe.Pointer(unsafe.SliceData(keys)), stride, out[:len(keys)])
		}
	}
	hashes := make([]column, len(parts))
	for i, p := range parts {
		hashes[i] = hashOfPart(p).part
	}
	return func(keys []K, out []uint64) {
		if len(keys) == 0 {
			return
		}
		out = out[:len(keys)]
		for i := range out {
			out[i] = pi0
		}
		base := unsafe.Pointer(unsafe.SliceData(keys))
		for i, hash := range hashes {
			hash(unsafe.Add(base, parts[i].offset), stride, out)
		}
		for i, h := range out {
			out[i] = fold(h, pi2)
		}
	}
}

func hashOfPart(p keyPart) partHash {
	switch p.kind {
	case reflect.Int:
		return integers[int]()
	case reflect.Int8:
		return integers[int8]()
	case reflect.Int16:
		return integers[int16]()
	case reflect.Int32:
		return integers[int32]()
	case reflect.Int64:
		return integers[int64]()
	case reflect.Uint:
		return integers[uint]()
	case reflect.Uint8, reflect.Bool:
		return integers[uint8]()
	case reflect.Uint16:
		return integers[uint16]()
	case reflect.Uint32:
		return integers[uint32]()
	case reflect.Uint64:
		return integers[uint64]()
	case reflect.String:
		return partHash{alone: wholeStrings, part: partStrings}
	}
	return partHash{part: byteArrays(p.bytes)}
}

func integers[E int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64]() partHash {
	return partHash{
		alone: func(p unsafe.Pointer, _ uintptr, out []uint64) {
			for i, k := range unsafe.Slice((*E)(p), len(out)) {
				out[i] = hashWord(uint64(k))
			}
		},
		part: func(p unsafe.Pointer, stride uintptr, out []uint64) {
			for i := range out {
				k := *(*E)(unsafe.Add(p, uintptr(i)*stride))
				out[i] = fold(uint64(k)^pi1, out[i])
			}
		},
	}
}

func wholeStrings(p unsafe.Pointer, _ uintptr, out []uint64) {
	for i, k := range unsafe.Slice((*string)(p), len(out)) {
		out[i] = hashString(k)
	}
}

func partStrings(p unsafe.Pointer, stride uintptr, out []uint64) {
	for i := range out {
		k := *(*string)(unsafe.Add(p, uintptr(i)*stride))
		out[i] = fold(hashString(k)^pi1, out[i])
	}
}

func byteArrays(length int) column {
	return func(p unsafe.Pointer, stride uintptr, out []uint64) {
		for i := range out {
			k := unsafe.String((*byte)(unsafe.Add(p, uintptr(i)*stride)), length)
			out[i] = fold(hashString(k)^pi1, out[i])
		}
	}
}
