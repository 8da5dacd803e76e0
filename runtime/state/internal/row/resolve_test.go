package row

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// resolved writes a value of one type and reads it as another.
func resolved[W, R any](t *testing.T, v W) (R, error) {
	t.Helper()
	writer := of[W](t)
	reader, err := of[R](t).Resolve(writer.Schema())
	if err != nil {
		var zero R
		return zero, err
	}
	return decode[R](reader, encode(writer, v))
}

func wants[W, R any](t *testing.T, v W, want R) {
	t.Helper()
	got, err := resolved[W, R](t, v)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%T %v as %T: %v, %v", v, v, want, got, err)
	}
}

func refuses[W, R any](t *testing.T, v W, want string) {
	t.Helper()
	got, err := resolved[W, R](t, v)
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%T %v became %v, %v, want: %s", v, v, got, err, want)
	}
}

func TestWidening(t *testing.T) {
	wants[int8, int16](t, -1, -1)
	wants[int16, int](t, -300, -300)
	wants[int, int64](t, math.MinInt32, math.MinInt32)
	wants[uint8, int16](t, 255, 255)
	wants[uint32, int64](t, math.MaxUint32, math.MaxUint32)
	wants[uint32, uint64](t, math.MaxUint32, math.MaxUint32)
	wants[uint, uint64](t, math.MaxUint32, math.MaxUint32)
	wants[int64, time.Duration](t, 5, 5)
	wants[int64, float64](t, 1<<53, 1<<53)
	wants[int32, float64](t, math.MinInt32, math.MinInt32)
	wants[int16, float32](t, -32768, -32768)
	wants[float32, float64](t, 0.5, 0.5)
	wants[string, []byte](t, "ab", []byte("ab"))
	wants[string, label](t, "ab", "ab")
	wants[int32, *int64](t, 7, new(int64(7)))
	wants[*int32, *int64](t, new(int32(7)), new(int64(7)))
	wants[*int32, *int64](t, nil, nil)
	wants[[2]int8, []int64](t, [2]int8{1, 2}, []int64{1, 2})
	wants[[]float32, []float64](t, []float32{1}, []float64{1})
	wants[map[string]int, map[label]float64](t, map[string]int{"a": 1}, map[label]float64{"a": 1})
	wants[map[string]int, map[string]*int](t, nil, nil)
	wants[[3]byte, [3]uint8](t, [3]byte{1}, [3]uint8{1})
}

func TestRefusedChanges(t *testing.T) {
	refuses[int64, int32](t, 1, "int64 cannot become int32: it does not hold all its values (give the field")
	refuses[int, uint](t, 1, "int64 cannot become uint: it does not hold all its values")
	refuses[uint64, int64](t, 1, "uint64 cannot become int64: it does not hold all its values")
	refuses[uint64, float64](t, 1, "uint64 cannot become float64")
	refuses[int32, uint64](t, 1, "int32 cannot become uint64")
	refuses[float64, float32](t, 1, "double cannot become float32: it would lose digits")
	refuses[float64, int](t, 1, "double cannot become int")
	refuses[string, int](t, "1", "string cannot become int (give")
	refuses[bool, int](t, true, "boolean cannot become int")
	refuses[[]byte, string](t, nil, "nullable bytes cannot become string: a nil has no place in it")
	refuses[*int, int](t, nil, "nullable int64 cannot become int: a nil has no place in it")
	refuses[[]int, [2]int](t, nil, "nullable array of int64 cannot become [2]int: a nil has no place in it")
	refuses[[2]int, [3]int](t, [2]int{}, "array of 2 int64 cannot become [3]int: their lengths differ")
	refuses[[2]byte, [3]byte](t, [2]byte{}, "2 bytes cannot become [3]uint8: their lengths differ")
	refuses[[]int, map[string]int](t, nil, "array of int64 cannot become map[string]int")
	refuses[point, int](t, point{}, "record point cannot become int")
	refuses[int, point](t, 0, "int64 cannot become row.point")
	refuses[point, time.Time](t, point{}, "record point cannot become time.Time")
	refuses[int64, time.Time](t, 0, "int64 cannot become time.Time")
	refuses[time.Time, int64](t, time.Time{}, "record spaas.Time cannot become int64")
	// Where a float cannot hold what it is given, the row says so.
	refuses[int64, float64](t, 1<<53+1, "9007199254740993 is an integer that its type, a float, cannot hold exactly")
	refuses[int64, float64](t, math.MaxInt64, "9223372036854775807 is an integer that its type, a float")
	refuses[int32, float32](t, 1<<24+1, "16777217 is an integer that its type, a float")
}

type (
	accV1 struct {
		N      int32
		Users  map[string]int32
		First  time.Time
		Parts  []partV1
		Gone   struct{ A, B []map[string]*float64 }
		Last   *string
		Old    [2]bool
		Fixed  [4]byte
		F32    float32
		F64    float64
		Bytes  []byte
		Number int `json:"number"`
	}
	partV1 struct {
		Dropped string
		N       int32
	}
	accV2 struct {
		Added    []string
		Renamed  int64 `spaas:"number"`
		Parts    []partV2
		N        float64
		First    time.Time
		Users    map[string]int64
		AddedToo *accV1
	}
	partV2 struct {
		N     int64
		Added int
	}
)

func TestFieldsComeAndGo(t *testing.T) {
	x := 1.5
	v1 := accV1{
		N: 3, Users: map[string]int32{"a": 1, "b": 2}, First: time.Unix(1, 2).UTC(), Parts: []partV1{{"x", 1}, {"y", 2}},
		Last: new("z"), Fixed: [4]byte{1, 2, 3, 4}, F32: 1, F64: 2, Bytes: []byte("bytes"), Number: 9,
	}
	v1.Gone.A = []map[string]*float64{{"k": &x, "nil": nil}, nil}
	v2 := accV2{
		Renamed: 9, Parts: []partV2{{N: 1}, {N: 2}}, N: 3, First: time.Unix(1, 2).UTC(), Users: map[string]int64{"a": 1, "b": 2},
	}
	wants(t, v1, v2)
	wants(t, accV1{}, accV2{})
	// Back again: what V2 widened cannot be narrowed, and every field says so.
	_, err := resolved[accV2, accV1](t, v2)
	list, _ := errors.AsType[fault.List](err)
	var fields []string
	for _, e := range list {
		f, _ := errors.AsType[*fault.Error](e)
		fields = append(fields, f.Where+": "+f.What)
	}
	want := []string{
		"field Parts[].N: int64 cannot become int32: it does not hold all its values",
		"field N: double cannot become int32",
		"field Users[]: int64 cannot become int32: it does not hold all its values",
	}
	if !reflect.DeepEqual(fields, want) {
		t.Errorf("got\n%s", strings.Join(fields, "\n"))
	}
	reader, err := of[accV2](t).Resolve(of[accV1](t).Schema())
	if err != nil {
		t.Fatal(err)
	}
	added, lost := reader.Changes()
	if got := fmt.Sprint(added, lost); got != "[Parts[].Added Added AddedToo] [Parts[].Dropped Gone Last Old Fixed F32 F64 Bytes]" {
		t.Error(got)
	}
	if string(reader.Schema()) != string(of[accV2](t).Schema()) {
		t.Error("a resolved type writes another schema")
	}
}

func TestResolvingItsOwnSchema(t *testing.T) {
	typ := of[everything](t)
	again, err := typ.Resolve(typ.Schema())
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode[everything](again, encode(typ, full()))
	if added, lost := again.Changes(); err != nil || !reflect.DeepEqual(got, full()) || len(added)+len(lost) > 0 {
		t.Error(got, err, added, lost)
	}
}

func TestForeignSchemas(t *testing.T) {
	typ := of[int64](t)
	for schema, want := range map[string]string{
		`"int"`:                        "",
		`{"type":"long"}`:              "",
		`{"type":{"type":"int"}}`:      "",
		`{"type":"int","go":"uint16"}`: "",
		`{"type":"int","go":"int64"}`:  `unknown kind "int64" of int`,
		`{"type":"long","logicalType":"timestamp-micros"}`: "",
		`{`:                                     "cannot be read",
		`"enum"`:                                `unknown type "enum"`,
		`["null"]`:                              "a union other than of null and one type",
		`["null",["null","int"]]`:               "a union in a union",
		`["int","null"]`:                        "a union other than of null and one type",
		`{"type":"fixed","name":"f","size":-1}`: `fixed "f" has the size -1`,
		`{"type":"record","name":"r","fields":[{"name":"a","type":"r"}]}`:                         `record "r" holds itself`,
		`{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"map","values":"x"}}]}`: `field "a": unknown type "x"`,
	} {
		_, err := typ.Resolve(json.RawMessage(schema))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", schema, err, want)
		}
	}
}

// FuzzResolve: no schema makes Resolve panic, nor rows of it.
func FuzzResolve(f *testing.F) {
	typ := of[everything](f)
	f.Add([]byte(typ.Schema()), encode(typ, full()))
	f.Add([]byte(of[accV1](f).Schema()), encode(of[accV1](f), accV1{}))
	f.Add([]byte(`{"type":"record","name":"r","fields":[{"name":"x","type":{"type":"array","items":{"type":"record","name":"e","fields":[]}}}]}`), []byte{0xfe, 0xff, 0x7f, 0})
	f.Fuzz(func(t *testing.T, schema, data []byte) {
		reader, err := typ.Resolve(schema)
		if err != nil {
			return
		}
		v, err := decode[everything](reader, data)
		if err == nil {
			encode(typ, v)
		}
	})
}
