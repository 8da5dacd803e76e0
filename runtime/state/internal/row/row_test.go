package row

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/hamba/avro/v2"
	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/fault"
)

var update = flag.Bool("update", false, "rewrite testdata")

// golden compares with a file of testdata. A difference means that checkpoints
// of earlier versions cannot be read any more.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s", path, got)
	}
}

func TestGoldenRow(t *testing.T) {
	typ := of[everything](t)
	var schema bytes.Buffer
	if err := json.Indent(&schema, typ.Schema(), "", " "); err != nil {
		t.Fatal(err)
	}
	golden(t, "everything.avsc", schema.String()+"\n")
	golden(t, "everything.hex", hex.Dump(encode(typ, full()))+hex.Dump(encode(typ, everything{})))
}

// TestBytesOfTheSpecification are the examples of Avro's own document.
func TestBytesOfTheSpecification(t *testing.T) {
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{encode(of[int64](t), int64(0)), "00"},
		{encode(of[int64](t), int64(-1)), "01"},
		{encode(of[int64](t), int64(1)), "02"},
		{encode(of[int64](t), int64(-64)), "7f"},
		{encode(of[int64](t), int64(64)), "8001"},
		{encode(of[string](t), "foo"), "06666f6f"},
		{encode(of[struct {
			A int64
			B string
		}](t), struct {
			A int64
			B string
		}{27, "foo"}), "3606666f6f"},
		{encode(of[[2]int64](t), [2]int64{3, 27}), "04063600"},
		{encode(of[*string](t), new(string)), "0200"},
		{encode(of[*string](t), (*string)(nil)), "00"},
		{encode(of[bool](t), true), "01"},
		{encode(of[float64](t), 1.0), "000000000000f03f"},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	typ := of[everything](t)
	times := rapid.Custom(func(r *rapid.T) time.Time {
		at := time.Unix(rapid.Int64Range(math.MinInt32*100, math.MaxInt32*100).Draw(r, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(r, "nanos"))
		if offset := rapid.IntRange(-50000, 50000).Draw(r, "offset"); offset != 0 {
			return at.In(time.FixedZone("", offset))
		}
		return at.UTC()
	})
	rapid.Check(t, func(r *rapid.T) {
		v := everything{
			Bool: rapid.Bool().Draw(r, "bool"), I8: rapid.Int8().Draw(r, "int8"), I16: rapid.Int16().Draw(r, "int16"),
			I32: rapid.Int32().Draw(r, "int32"), I64: rapid.Int64().Draw(r, "int64"), Int: rapid.Int().Draw(r, "int"),
			U8: rapid.Uint8().Draw(r, "uint8"), U16: rapid.Uint16().Draw(r, "uint16"), U32: rapid.Uint32().Draw(r, "uint32"),
			U64: rapid.Uint64().Draw(r, "uint64"), Uint: rapid.Uint().Draw(r, "uint"),
			F32: rapid.Float32().Draw(r, "float32"), F64: rapid.Float64().Draw(r, "float64"),
			Text: rapid.String().Draw(r, "text"), Label: label(rapid.StringMatching(`[a-z]*`).Draw(r, "label")),
			Bytes: rapid.Make[[]byte]().Draw(r, "bytes"), Fixed: rapid.Make[[3]byte]().Draw(r, "fixed"), At: times.Draw(r, "at"),
			Points: rapid.Make[[]point]().Draw(r, "points"), Corners: rapid.Make[[2]point]().Draw(r, "corners"),
			Ints: rapid.Make[[]int64]().Draw(r, "ints"), Texts: rapid.Make[[]string]().Draw(r, "texts"),
			Nested: rapid.Make[[][]int32]().Draw(r, "nested"), Counts: rapid.Make[map[string]int64]().Draw(r, "counts"),
			ByLabel: rapid.Make[map[label]Pair[string]]().Draw(r, "by label"),
			Lists:   rapid.MapOf(rapid.String(), rapid.SliceOf(times)).Draw(r, "lists"),
			Number:  rapid.Make[*int64]().Draw(r, "number"), Where: rapid.Make[*point]().Draw(r, "where"),
			Pairs: rapid.Make[[]*Pair[cents]]().Draw(r, "pairs"), Pair: rapid.Make[Pair[int]]().Draw(r, "pair"),
		}
		if rapid.Bool().Draw(r, "nils") {
			v.Ints, v.Counts, v.Bytes = nil, nil, nil
		}
		data := encode(typ, v)
		back, err := decode[everything](typ, data)
		if err != nil {
			r.Fatal(err)
		}
		if !reflect.DeepEqual(v, back) {
			r.Fatalf("%+v\ncame back as\n%+v", v, back)
		}
		for range 3 { // maps have an order
			if again := encode(typ, back); !bytes.Equal(again, data) {
				r.Fatalf("%x\nwas written again as\n%x", data, again)
			}
		}
		// What is behind a row stays, and a part of a row is none.
		var into everything
		if rest, err := typ.Decode(append(data, 1, 2, 3), unsafe.Pointer(&into)); err != nil || len(rest) != 3 {
			r.Fatalf("%d bytes are left, %v", len(rest), err)
		}
		cut := rapid.IntRange(0, len(data)-1).Draw(r, "cut")
		if _, err := decode[everything](typ, data[:cut]); err == nil {
			r.Fatalf("%d of %d bytes are a row", cut, len(data))
		}
	})
}

func TestZeroTimeComesBackZero(t *testing.T) {
	typ := of[time.Time](t)
	if got, err := decode[time.Time](typ, encode(typ, time.Time{})); err != nil || got != (time.Time{}) {
		t.Error(got, err)
	}
}

// TestHambaReadsRows gives schema and rows to another implementation.
func TestHambaReadsRows(t *testing.T) {
	typ := of[everything](t)
	schema, err := avro.ParseBytes(typ.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := avro.Unmarshal(schema, encode(typ, full()), &got); err != nil {
		t.Fatal(err)
	}
	at := func(seconds int64, nanos, offset int) map[string]any {
		return map[string]any{"seconds": seconds, "nanos": nanos, "offset": offset}
	}
	array := func(items ...any) []any { return items }
	want := map[string]any{
		"Bool": true, "I8": -128, "I16": -32768, "I32": math.MinInt32, "I64": int64(math.MinInt64), "Int": int64(-1),
		"U8": 255, "U16": 65535, "U32": int64(math.MaxUint32), "U64": int64(-1), "Uint": int64(1),
		"F32": float32(1.5), "F64": -math.Pi, "Text": "Zürich", "label": "a", "Bytes": []byte{0, 255}, "Fixed": [3]byte{1, 2, 3},
		"at": at(1431857103, 250, 7200), "duration": int64(time.Second), "Cents": int64(-5),
		"Point": map[string]any{"X": 1, "Y": -1}, "Nothing": map[string]any{}, "Anon": map[string]any{"A": true, "B": false},
		"Points":  array(map[string]any{"X": 2, "Y": 3}, map[string]any{"X": 4, "Y": 5}),
		"Corners": array(map[string]any{"X": 6, "Y": 7}, map[string]any{"X": 8, "Y": 9}),
		"Ints":    array(int64(1), int64(-200)), "Texts": array("x", ""), "Nested": array(array(1), nil, array()),
		"Counts":  map[string]any{"b": int64(2), "a": int64(1), "": int64(0)},
		"ByLabel": map[string]any{"k": map[string]any{"Key": "v", "n": int64(3)}},
		"Lists":   map[string]any{"none": nil, "zero": array(at(time.Time{}.Unix(), 0, 0))},
		"Number":  int64(-9), "Where": map[string]any{"X": 10, "Y": 0},
		"Pairs": array(nil, map[string]any{"Key": int64(11), "n": int64(12)}), "Pair": map[string]any{"Key": int64(13), "n": int64(14)},
	}
	// hamba wraps the value of a union in a map from the type's name.
	if got, want := fmt.Sprint(unwrap(got)), fmt.Sprint(want); got != want {
		t.Errorf("hamba reads\n%s, want\n%s", got, want)
	}
}

func unwrap(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 1 {
			for name, of := range v {
				switch name {
				case "array", "map", "bytes", "long", "point", "Pair_cents":
					return unwrap(of)
				}
			}
		}
		for name := range v {
			v[name] = unwrap(v[name])
		}
	case []any:
		for i := range v {
			v[i] = unwrap(v[i])
		}
	}
	return v
}

func TestRefusedTypes(t *testing.T) {
	type node struct {
		Next *node
	}
	type list []list
	type inner struct {
		F func()
		M map[int]string
	}
	type broken struct {
		Good   int
		hidden int
		Inner  []inner
		Any    any
		Ch     chan int
		Node   node
		List   list
		Empty  []struct{}
		Twice  *[]int
		Name   int `spaas:"a-b"`
		A      int `json:"b"`
		B      int `spaas:"b"`
		Größe  int
		C      complex128
		Lock   struct{ state int }
	}
	_ = broken{hidden: 1}
	_, err := Of(reflect.TypeFor[broken]())
	list1, ok := errors.AsType[fault.List](err)
	if !ok {
		t.Fatal(err)
	}
	for _, e := range list1 {
		if !fault.Incurable(e) {
			t.Errorf("curable: %v", e)
		}
	}
	golden(t, "refused.golden", err.Error()+"\n")
}

func TestDecodeSaysWhere(t *testing.T) {
	type inner struct {
		N []struct{ Small int8 }
		B bool
	}
	type outer struct {
		ID    string
		Inner map[string]inner
		At    time.Time
		Pair  [2]int64
		Fixed [4]byte
	}
	typ := of[outer](t)
	id, at := []byte{0}, []byte{0, 0, 0}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	none := []byte{0}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "field ID: it ends too early"},
		{[]byte{9}, "field ID: a length of -5"},
		{[]byte{8, 'a'}, "field ID: it ends too early"},
		{bytes.Repeat([]byte{255}, 11), "field ID: a number of more than 64 bits"},
		{join(id, []byte{1}), "field Inner: 0x1 is neither of two values"},
		{join(id, []byte{2, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}), "field Inner: it ends too early"},
		{join(id, []byte{2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0}), "field Inner: a count of -9223372036854775808"},
		{join(id, []byte{2, 2, 0, 2, 2, 0x80, 2, 0, 0, 0, 0, 0}), "field Inner[].N[].Small: 128 does not fit its type"},
		{join(id, []byte{2, 2, 0, 0, 2, 0}), "field Inner[].B: 0x2 is neither of two values"},
		{join(id, none, []byte{0, 1, 0}), "field At: a time with -1 nanoseconds, 0 seconds from UTC"},
		{join(id, none, at, []byte{2, 2, 0}), "field Pair: 1 elements and 0 more in an array of 2"},
		{join(id, none, at, []byte{6, 2, 2, 2, 0}), "field Pair: 0 elements and 3 more in an array of 2"},
		{join(id, none, at, []byte{4, 2, 2, 0, 1, 2, 3}), "field Fixed: it ends too early"},
	} {
		if _, err := decode[outer](typ, c.data); err == nil || err.Error() != c.want {
			t.Errorf("%x: %v, want %s", c.data, err, c.want)
		}
	}
	// Blocks may be many, and tell their size.
	blocks := join(id, none, at, []byte{2, 2}, []byte{1, 2, 4}, []byte{0}, []byte("abcd"))
	if v, err := decode[outer](typ, blocks); err != nil || v.Pair != [2]int64{1, 2} || string(v.Fixed[:]) != "abcd" {
		t.Error(v, err)
	}
}

func TestNothingIsAView(t *testing.T) {
	typ := of[everything](t)
	data := encode(typ, full())
	v, err := decode[everything](typ, data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if !reflect.DeepEqual(v, full()) {
		t.Errorf("changed to %+v", v)
	}
}

func TestEncodingAllocatesNothing(t *testing.T) {
	typ, v, buffer := of[everything](t), full(), make([]byte, 0, 1<<12)
	least := math.Inf(1) // the race detector makes pools of scratch forget at times
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() { buffer = typ.Append(buffer[:0], unsafe.Pointer(&v)) }))
	}
	if least != 0 {
		t.Errorf("%v allocations", least)
	}
}

func TestShares(t *testing.T) {
	type flat struct {
		A string
		T time.Time
		P [2]point
	}
	for typ, want := range map[*Type]bool{
		of[int](t): false, of[flat](t): false, of[everything](t): true, of[[]byte](t): true,
		of[map[string]int](t): true, of[[1]*int](t): true, of[struct{ A struct{ B []int } }](t): true,
	} {
		if typ.Shares() != want {
			t.Errorf("%s shares: %v", typ.Schema(), !want)
		}
	}
}

// FuzzDecode: no bytes make Decode panic or take much more memory than they
// are long, and what it takes as a row is written as the same value.
func FuzzDecode(f *testing.F) {
	typ := of[everything](f)
	f.Add(encode(typ, full()))
	f.Add(encode(typ, everything{}))
	f.Add(bytes.Repeat([]byte{0xff}, 100))
	f.Add(bytes.Repeat([]byte{2}, 300))
	f.Add(append(encode(typ, everything{})[:60], 2, 0xfe, 0xff, 0xff, 0xff, 0x0f))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decode[everything](typ, data)
		if err != nil {
			return
		}
		again := encode(typ, v)
		back, err := decode[everything](typ, again)
		if err != nil {
			t.Fatal(err)
		}
		if third := encode(typ, back); !bytes.Equal(third, again) {
			t.Fatalf("%x\nbecomes\n%x", again, third)
		}
	})
}

// TestHostileLengths says that much follows where little does.
func TestHostileLengths(t *testing.T) {
	types := []*Type{
		of[[]int64](t), of[[]string](t), of[[]byte](t), of[*string](t), of[[][]int](t), of[[]*everything](t),
		of[map[string][100]int64](t), of[map[string]map[string]string](t),
	}
	for _, typ := range types {
		for _, size := range []int64{1 << 20, 1 << 40, math.MaxInt64, math.MinInt64} {
			for _, rest := range []int{0, 10, 1000} {
				data := append(appendLong([]byte{2}, size), make([]byte, rest)...)
				into := reflect.New(typ.shape.typ).UnsafePointer()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := typ.Decode(data, into)
				runtime.ReadMemStats(&after)
				if used := after.TotalAlloc - before.TotalAlloc; err == nil || used > 256<<10 {
					t.Errorf("%s: %d bytes for a row of %d that says %d, %v", typ.Schema(), used, len(data), size, err)
				}
			}
		}
	}
}
