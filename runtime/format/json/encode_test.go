package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// agreeEncoded encodes a value with encoding/json, without escaping HTML, and
// with ours: the same bytes, or both refuse.
func agreeEncoded[T any](t *testing.T, v T) {
	t.Helper()
	var want bytes.Buffer
	std := json.NewEncoder(&want)
	std.SetEscapeHTML(false)
	wantErr := std.Encode(&v)
	e, err := NewEncoder[T]()
	if err != nil {
		t.Fatal(err)
	}
	got, gotErr := e.Append([]byte("before "), &v)
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("%T %+v:\n encoding/json: %v\n ours: %v", v, v, wantErr, gotErr)
	}
	if wantErr == nil && string(got)+"\n" != "before "+want.String() {
		t.Fatalf("%T %+v:\n encoding/json: %s ours: %s", v, v, want.String(), strings.TrimPrefix(string(got), "before "))
	}
}

// pointerLevel writes itself, but only by its address.
type pointerLevel int

func (l *pointerLevel) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"level %d"`, *l), nil }

// pointerText writes itself as text, but only by its address.
type pointerText string

func (l *pointerText) MarshalText() ([]byte, error) { return []byte("text " + string(*l)), nil }

// liar writes what is no JSON.
type liar struct{}

func (liar) MarshalJSON() ([]byte, error) { return []byte(`{"a":`), nil }

// never is zero when it says so.
type never struct{ N int }

func (n never) IsZero() bool { return n.N == 42 }

// neverPointer is zero when its pointer says so.
type neverPointer struct{ N int }

func (n *neverPointer) IsZero() bool { return n.N == 42 }

type omitting struct {
	S    string         `json:",omitempty"`
	I    int            `json:",omitempty"`
	F    float64        `json:",omitempty"`
	FZ   float64        `json:",omitzero"`
	B    bool           `json:",omitempty"`
	L    []int          `json:",omitempty"`
	LZ   []int          `json:",omitzero"`
	M    map[string]int `json:",omitempty"`
	MZ   map[string]int `json:",omitzero"`
	A0   [0]int         `json:",omitempty"`
	A    [1]int         `json:",omitempty"`
	P    *int           `json:",omitempty"`
	Any  any            `json:",omitempty"`
	T    time.Time      `json:",omitempty"`
	TZ   time.Time      `json:",omitzero"`
	N    never          `json:",omitzero"`
	NP   *never         `json:",omitzero"`
	Q    neverPointer   `json:",omitzero"`
	QP   *neverPointer  `json:",omitzero"`
	Z    zeroer         `json:",omitzero"`
	Row  row            `json:",omitempty,omitzero"`
	Both []int          `json:",omitempty,omitzero"`
}

type addressed struct {
	L  pointerLevel
	LP *pointerLevel
	T  pointerText
	Q  pointerLevel `json:",string"`
	QT pointerText  `json:",string"`
	QP *pointerText `json:",string"`
	*Hidden
}

type Hidden struct{ Behind pointerLevel }

func TestEncodesAsEncodingJSON(t *testing.T) {
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1.5, 100, 1e20, 1e21, -1e21, 1e22, 1e-6, 9.99e-7, 1e-7, 1e-10, 1e-100, 123456789.123456789, math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxFloat32, math.Inf(1), math.Inf(-1), math.NaN()} {
		agreeEncoded(t, f)
		agreeEncoded(t, float32(f))
		agreeEncoded(t, any(f))
		agreeEncoded(t, omitting{F: f, FZ: f})
	}
	for _, s := range []string{"", "plain", "\"\\/\b\f\n\r\t", "\x00\x01\x1f\x7f", "<a href=\"x\">&</a>", "é日本\u2028\u2029😀", "\xff", "a\xc3(b", "\xed\xa0\x80", "\ufffd", strings.Repeat("long \" ", 50), "12345678", "1234567\n"} {
		agreeEncoded(t, s)
		agreeEncoded(t, named(s))
		agreeEncoded(t, map[string]string{s: s})
		agreeEncoded(t, struct {
			S string `json:",string"`
		}{s})
		agreeEncoded(t, json.Number(s))
		agreeEncoded(t, json.RawMessage(s))
	}
	for _, n := range []string{"1", "-0", "1.5e10", "01", "1.", "x", " 1"} {
		agreeEncoded(t, json.Number(n))
		agreeEncoded(t, []json.RawMessage{json.RawMessage(n)})
	}
	agreeEncoded(t, struct {
		N json.Number `json:",string"`
	}{"5"})
	agreeEncoded(t, json.RawMessage(nil))
	agreeEncoded(t, json.RawMessage(" { \"a\" : [ 1 , \" <x> \" ] } "))
	agreeEncoded(t, []int64{math.MinInt64, 0, math.MaxInt64})
	agreeEncoded(t, []uint64{0, math.MaxUint64})
	agreeEncoded(t, []int8(nil))
	agreeEncoded(t, []byte{})
	agreeEncoded(t, []byte("hello"))
	agreeEncoded(t, [3]byte{1, 2, 3})
	agreeEncoded(t, []level{1, 2})
	agreeEncoded(t, map[string]int{"b": 1, "a": 2, "ab": 3, "": 4})
	agreeEncoded(t, map[int]string{10: "a", 9: "b", -1: "c"})
	agreeEncoded(t, map[uint8]bool{200: true, 3: false})
	agreeEncoded(t, map[netip.Addr]int{netip.MustParseAddr("10.0.0.1"): 1, {}: 2})
	agreeEncoded(t, map[string]pointerLevel{"a": 1})
	agreeEncoded(t, map[string]addressed{"a": {}})
	agreeEncoded(t, map[string]*addressed{"a": {Hidden: &Hidden{}}, "b": nil})
	agreeEncoded(t, map[string][1]pointerLevel{"a": {1}})
	agreeEncoded(t, addressed{T: "x", QT: "y", QP: new(pointerText)})
	agreeEncoded(t, []addressed{{Hidden: &Hidden{5}}})
	agreeEncoded(t, []any{addressed{}, &addressed{}, pointerLevel(1), [1]pointerLevel{2}, []pointerLevel{3}, map[string]any{"z": 1, "a": []int{1}}, nil, (*int)(nil), time.Time{}, level(3)})
	agreeEncoded(t, []error{nil})
	agreeEncoded(t, []zeroer{never{1}, &never{2}, (*never)(nil), nil})
	agreeEncoded(t, any(make(chan int)))
	agreeEncoded(t, liar{})
	agreeEncoded(t, (*int)(nil))
	agreeEncoded(t, (*level)(nil))
	agreeEncoded(t, time.Date(2026, 11, 21, 14, 0, 0, 5e8, time.FixedZone("", 3600)))
	agreeEncoded(t, time.Date(12026, 11, 21, 14, 0, 0, 0, time.UTC))
	agreeEncoded(t, struct{ time.Time }{time.Unix(1, 1).UTC()})
	agreeEncoded(t, everything{})
	agreeEncoded(t, &everything{Outer: &Outer{Far: 1}, Self: &everything{}, TimeP: &struct{ time.Time }{}, QP: new(float64), Num: "1.5", Raw: json.RawMessage("{}"), T: time.Unix(1, 0).UTC()})
	agreeEncoded(t, omitting{})
	one, zero := 1, never{42}
	agreeEncoded(t, omitting{"s", 1, 1, 1, true, []int{}, []int{}, map[string]int{}, map[string]int{}, [0]int{}, [1]int{}, &one, 0, time.Time{}, time.Time{}, zero, &zero, neverPointer{42}, &neverPointer{42}, zero, row{}, nil})
	agreeEncoded(t, omitting{Z: (*never)(nil), NP: &never{1}, Q: neverPointer{1}, QP: &neverPointer{1}, TZ: time.Unix(1, 0).UTC()})
	agreeEncoded(t, tree{Kids: []tree{{}}, By: map[string]tree{"x": {}}})
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{encodeErrOf[struct{ A struct{ F func() } }](), "field A: field F: func() cannot be written as JSON"},
		{encodeErrOf[map[complex64]int](), "map[complex64]int: keys are not strings or whole numbers, and have no MarshalText method"},
		{appendErr(row{C: []float64{0, math.NaN()}}), "C[1]: NaN is no number in JSON"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf(" got: %v\nwant: %s", c.err, c.want)
		}
	}
	type ring struct{ Next *ring }
	round := &ring{}
	round.Next = round
	if err := appendErr(round); err == nil || !strings.HasSuffix(err.Error(), errDeep.Error()) {
		t.Errorf("a value that holds itself: %.200v", err)
	}
	var loop []any
	loop = append(loop, &loop)
	if err := appendErr(loop); err == nil {
		t.Error("a slice that holds itself is encoded")
	}
}

func encodeErrOf[T any]() error {
	_, err := NewEncoder[T]()
	return err
}

func appendErr[T any](v T) error {
	e, err := NewEncoder[T]()
	if err != nil {
		return err
	}
	_, err = e.Append(nil, &v)
	return err
}

func TestEncodeDoesNotAllocate(t *testing.T) {
	e, err := NewEncoder[event]()
	if err != nil {
		t.Fatal(err)
	}
	v := event{At: 1, User: "u", Country: "DE", URL: "/", Price: 1.5, Mobile: true}
	var dst []byte
	if n := testing.AllocsPerRun(100, func() {
		if dst, err = e.Append(dst[:0], &v); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
