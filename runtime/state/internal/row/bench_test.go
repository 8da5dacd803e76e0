package row

import (
	"testing"
	"unsafe"

	"github.com/hamba/avro/v2"
)

// visitor is a row as jobs have them.
type visitor struct {
	Count int64   `avro:"Count"`
	Sum   float64 `avro:"Sum"`
	Last  int64   `avro:"Last"`
	Page  string  `avro:"Page"`
	Bot   bool    `avro:"Bot"`
}

var aVisitor = visitor{Count: 12345, Sum: 1.25, Last: 1431857103000000000, Page: "/index.html", Bot: true}

func BenchmarkEncode(b *testing.B) {
	typ, v, buffer := of[visitor](b), aVisitor, make([]byte, 0, 1<<10)
	schema, err := avro.ParseBytes(typ.Schema())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("spaas", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buffer = typ.Append(buffer[:0], unsafe.Pointer(&v))
		}
	})
	b.Run("hamba", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := avro.Marshal(schema, v); err != nil {
				b.Fatal(err)
			}
		}
	})
	all, rich := of[everything](b), full()
	b.Run("everything/spaas", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buffer = all.Append(buffer[:0], unsafe.Pointer(&rich))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	typ := of[visitor](b)
	data := encode(typ, aVisitor)
	schema, err := avro.ParseBytes(typ.Schema())
	if err != nil {
		b.Fatal(err)
	}
	v := new(visitor)
	b.Run("spaas", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			*v = visitor{}
			if _, err := typ.Decode(data, unsafe.Pointer(v)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hamba", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := avro.Unmarshal(schema, data, v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
