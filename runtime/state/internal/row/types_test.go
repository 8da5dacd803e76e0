package row

import (
	"math"
	"reflect"
	"testing"
	"time"
	"unsafe"
)

type (
	label string
	cents int64

	point struct {
		X, Y int16
	}

	Pair[K any] struct {
		Key K
		N   uint32 `json:"n,omitempty"`
	}

	// everything has each kind of field, and each place for one.
	everything struct {
		Bool    bool
		I8      int8
		I16     int16
		I32     int32
		I64     int64
		Int     int
		U8      uint8
		U16     uint16
		U32     uint32
		U64     uint64
		Uint    uint
		F32     float32
		F64     float64
		Text    string
		Label   label `json:"label"`
		Bytes   []byte
		Fixed   [3]byte
		At      time.Time     `spaas:"at"`
		Took    time.Duration `json:"took" spaas:"duration"`
		Cents   cents         `json:"-"`
		_       int32
		cache   int    `spaas:"-"`
		Left    string `spaas:"-"`
		Point   point
		Points  []point
		Corners [2]point
		Nothing struct{}
		Anon    struct{ A, B bool }
		Ints    []int64
		Texts   []string
		Nested  [][]int32
		Counts  map[string]int64
		ByLabel map[label]Pair[string]
		Lists   map[string][]time.Time
		Number  *int64
		Where   *point
		Pairs   []*Pair[cents]
		Pair[int]
	}
)

// full is a value of which no part is zero.
func full() everything {
	n := int64(-9)
	e := everything{
		Bool: true, I8: math.MinInt8, I16: math.MinInt16, I32: math.MinInt32, I64: math.MinInt64, Int: -1,
		U8: math.MaxUint8, U16: math.MaxUint16, U32: math.MaxUint32, U64: math.MaxUint64, Uint: 1,
		F32: 1.5, F64: -math.Pi, Text: "Zürich", Label: "a", Bytes: []byte{0, 255}, Fixed: [3]byte{1, 2, 3},
		At: time.Date(2015, 5, 17, 12, 5, 3, 250, time.FixedZone("", 7200)), Took: time.Second, Cents: -5,
		Point: point{1, -1}, Points: []point{{2, 3}, {4, 5}}, Corners: [2]point{{6, 7}, {8, 9}},
		Ints: []int64{1, -200}, Texts: []string{"x", ""}, Nested: [][]int32{{1}, nil, {}},
		Counts: map[string]int64{"b": 2, "a": 1, "": 0}, ByLabel: map[label]Pair[string]{"k": {"v", 3}},
		Lists:  map[string][]time.Time{"none": nil, "zero": {{}}},
		Number: &n, Where: &point{X: 10}, Pairs: []*Pair[cents]{nil, {Key: 11, N: 12}}, Pair: Pair[int]{13, 14},
	}
	e.Anon.A = true
	return e
}

// of compiles a type that must compile.
func of[V any](t testing.TB) *Type {
	t.Helper()
	typ, err := Of(reflect.TypeFor[V]())
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func encode[V any](t *Type, v V) []byte { return t.Append(nil, unsafe.Pointer(&v)) }

// decode decodes a row that is all of data.
func decode[V any](t *Type, data []byte) (v V, err error) {
	rest, err := t.Decode(data, unsafe.Pointer(&v))
	if err == nil && len(rest) > 0 {
		err = errShort
	}
	return v, err
}
