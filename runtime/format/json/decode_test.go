//lint:file-ignore SA5008 some tags are odd on purpose

package json

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// everything has a field of each kind that the decoder knows.
type everything struct {
	S     string  `json:"s"`
	I     int     `json:"i"`
	I8    int8    `json:"i8"`
	I16   int16   `json:"i16"`
	I32   int32   `json:"i32"`
	I64   int64   `json:"i64"`
	U     uint    `json:"u"`
	U8    uint8   `json:"u8"`
	U16   uint16  `json:"u16"`
	U32   uint32  `json:"u32"`
	U64   uint64  `json:"u64"`
	Uptr  uintptr `json:"uptr"`
	F32   float32 `json:"f32"`
	F64   float64 `json:"f64"`
	B     bool    `json:"b"`
	T     time.Time
	At    *time.Time
	Raw   json.RawMessage
	RawP  *json.RawMessage
	Num   json.Number
	Any   any
	Bytes []byte
	Ints  []int
	Strs  []string
	Rows  []row
	RowsP []*row
	Arr   [2]int
	Arrs  [1]row
	P     *int
	PP    **string
	Row   row
	RowP  *row
	M     map[string]int
	MS    map[named]row
	MA    map[string]any
	MI    map[int]string
	MT    map[netip.Addr]bool
	Text  netip.Addr
	TextP *netip.Addr
	Level level
	IP    text
	Anon  struct{ X, Y int }
	Time  struct{ time.Time }
	TimeP *struct{ time.Time }
	Q     int            `json:"q,string"`
	QS    string         `json:"qs,string"`
	QP    *float64       `json:"qp,string"`
	QB    bool           `json:"qb,string"`
	QN    []int          `json:"qn,string"` // the option is ignored
	Empty map[string]int `json:",omitempty"`
	Skip  chan int       `json:"-"`
	Dash  int            `json:"-,"`
	Odd   int            `json:"a b:c"`
	Bad   int            `json:"q\"uote"` // no valid name
	Küche int
	Self  *everything
	lower int //lint:ignore U1000 what is not exported is not decoded
	inner
	*Outer
	Tagged inner `json:"tagged"`
}

type row struct {
	A int
	B string
	C []float64
}

type named string

type inner struct {
	Deep  int
	Twice string
}

type Outer struct {
	Far   int `json:"far"`
	Twice string
}

// level reads itself from JSON.
type level int

func (l *level) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"low"`:
		*l = 1
	case `"high"`:
		*l = 2
	case "null":
		*l = -1
	default:
		return errors.New("no level")
	}
	return nil
}

func (l level) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, ` { "level" : %d } `, int(l)), nil
}

// text is a slice that reads itself from text.
type text []byte

func (t *text) UnmarshalText(data []byte) error {
	if len(data) > 10 {
		return errors.New("too long")
	}
	*t = append(text("T:"), data...)
	return nil
}

func (t text) MarshalText() ([]byte, error) { return t, nil }

// agree decodes a record with encoding/json and with ours: the same value, or
// both refuse.
func agree[T any](t *testing.T, d *Decoder[T], data string) {
	t.Helper()
	var want, got T
	wantErr := json.Unmarshal([]byte(data), &want)
	// Room behind the record must not be read.
	gotErr := d.Decode(append([]byte(data), `"]}`...)[:len(data)], &got)
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("%T from %.300q:\n encoding/json: %v\n ours: %v", got, data, wantErr, gotErr)
	}
	if wantErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%T from %.300q:\n encoding/json: %s\n ours: %s", got, data, dump(want), dump(got))
	}
	if gotErr == nil {
		return
	}
	var e *Error
	if !errors.As(gotErr, &e) || e.Offset < 0 || e.Offset > len(data) {
		t.Fatalf("%T from %.300q: the error %#v has no place", got, data, gotErr)
	}
}

func dump(v any) string {
	data, err := json.Marshal(v)
	return fmt.Sprintf("%s %+v %v", data, v, err)
}

func decoderOf[T any](t testing.TB) *Decoder[T] {
	t.Helper()
	d, err := NewDecoder[T]()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// inputs are records and parts of records, for every type.
var inputs = []string{
	``, ` `, `null`, ` null `, `nul`, `nullx`, `true`, `false`, `tru`, `truex`, `{}`, `[]`, `{ }`, `[ ]`, "\n{\t}\r ", `""`, `"x"`, `0`, `-0`, `1`, `-1`,
	`01`, `-01`, `-`, `+1`, `1.`, `.5`, `1.5`, `-1.5`, `1e3`, `1E+3`, `1e-3`, `1e`, `1e+`, `1.5.5`, `1x`, `0x10`, `1_000`, `NaN`, `Infinity`,
	`127`, `128`, `-128`, `-129`, `255`, `256`, `32767`, `32768`, `65535`, `65536`, `2147483647`, `2147483648`, `-2147483648`, `-2147483649`,
	`4294967295`, `4294967296`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775808`, `-9223372036854775809`,
	`18446744073709551615`, `18446744073709551616`, `999999999999999999`, `1000000000000000000`, `100000000000000000000000000000`,
	`0.1`, `0.30000000000000004`, `123456789012345`, `1234567890123456`, `123456789.012345`, `0.000000000000001`, `0.0000000000000001`,
	`9007199254740993`, `1e308`, `1e309`, `-1e309`, `1e-400`, `3.4028235e38`, `3.4028236e38`, `1e39`, `16777217`, `0.1000000014901161193847656250`, `5e-324`,
	`[1,2,3]`, `[1,]`, `[,1]`, `[1 2]`, `[1`, `[`, `]`, `[1]]`, `[[[]]]`, `[null]`, `["a","b"]`, `[1.5,"a"]`, `[{"A":1},{"B":"x"}]`, `[true,null,{"a":[{}]}]`,
	`{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{a:1}`, `{"a":1}}`, `{"a":1`, `{"a":`, `{"a`, `{"a":1,"a":2}`, `{"A":1,"B":"x","C":[1,2.5]}`,
	`{"a":1,"b":"low","c":[]}`, `{"X":1,"y":2}`, `{"1":"a","-2":"b"}`, `{"1.5":"a"}`, `{"":1}`, `{"10.0.0.1":true}`,
	`"a\"b\\c\/d\b\f\n\r\t"`, `"é"`, `"日本語テキスト、長い文字列"`, `"\u00e9\u65e5"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00x"`, `"\ud83d\u0041"`, `"\ud83dx"`,
	`"\u12"`, `"\u12g4"`, `"\x"`, `"\'"`, `"\`, `"\"`, `"\u`, "\"\x00\"", "\"a\tb\"", "\"\x1f\"", "\"\x7f\"", "\"\xff\"", "\"ab\x85cdefgh\"", "\"abc\xc3(def\"", "\"\xed\xa0\x80\"", "\"\xf0\x9f\x98\x80\"",
	`"12345678"`, `"1234567\"8"`, `"1234567890123456\\"`, `"` + strings.Repeat("long ", 100) + `"`,
	`"low"`, `"high"`, `"aGVsbG8="`, `"aGVsbG8"`, `"!!"`, `"aGVs\nbG8="`, `"10.0.0.1"`, `"fe80::1%eth0"`, `"10.0.0.1234567"`,
	`"2026-11-21T14:00:00Z"`, `"2026-11-21T14:00:00.123456789Z"`, `"2026-11-21T14:00:00.5Z"`, `"2026-11-21T14:00:00.Z"`, `"2026-11-21T14:00:00.1234567891Z"`,
	`"2026-11-21T14:00:00+01:00"`, `"2026-02-29T00:00:00Z"`, `"2024-02-29T00:00:00Z"`, `"2026-11-31T00:00:00Z"`, `"2026-11-30T23:59:59Z"`, `"2026-11-21T24:00:00Z"`,
	`"2026-11-21T14:00:60Z"`, `"2026-13-21T14:00:00Z"`, `"2026-00-21T14:00:00Z"`, `"2026-11-00T14:00:00Z"`, `"2026-11-21t14:00:00Z"`, `"2026-11-21T14:00:00z"`,
	`"2026-11-21 14:00:00Z"`, `"2026-11-21T1:00:00Z"`, `"2026-11-21T14:00:00,5Z"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`, `"2026-11-21T14:00:00\u005a"`,
	`"2026-11-21T14:00:00"`, `"20a6-11-21T14:00:00Z"`, `"2026-11-21T14:00:00.12a4Z"`,
	"\ufeff{}", "{\"a\":1}\x00", `{"a":1} x`, `{} {}`, `//`, `{"a":/**/1}`, "\v1", "\u00a01",
}

// fieldInputs are records of everything, beside each of the inputs as the value
// of each field.
var fieldInputs = []string{
	`{"S":"case","I8":1}`, `{"KÜCHE":3,"küche":4}`, `{"deep":1,"DEEP":2,"Twice":"outer and inner fight"}`, `{"far":1}`, `{"Far":1,"FAR":2}`,
	`{"lower":1,"Skip":1,"-":5,"a b:c":6,"Bad":7}`, `{"\u0073":"escaped key","\u0049":3}`, "{\"s\xff\":1,\"K\xffche\":1}", `{"ſ":"long s folds to s","Kelvin":"K"}`,
	`{"tagged":{"deep":5,"Twice":"x"}}`, `{"Self":{"Self":{"Self":null,"i":3},"s":"x"}}`, `{"Self":{"i":"x"}}`,
	`{"Ints":[1,2,3],"Ints":[4]}`, `{"Rows":[{"A":1,"B":"x"},{"A":2}],"Rows":[{"B":"y"},{},{}]}`, `{"Row":{"A":1},"Row":{"B":"x"}}`, `{"M":{"a":1},"M":{"b":2},"m":null}`,
	`{"i":1,"i":null,"s":"x","s":null,"T":"2026-11-21T14:00:00Z","T":null,"IP":"x","IP":null}`, `{"P":1,"P":2,"P":null,"PP":"a","PP":null}`,
	`{"Any":{"a":[1,"x",null,true,{"b":{}}]},"Any":{"c":1}}`, `{"MA":{"a":{"b":[1e400]}}}`, `{"unknown":{"deep":[1,{"x":"\ud83d"},"\u12"]}}`, `{"unknown":[1,2,}`,
	`{"q":"12","qs":"\"x\"","qp":"1.5","qb":"true","qn":[1]}`, `{"q":12}`, `{"q":"x"}`, `{"q":"null","qp":"null","qs":"null"}`, `{"q":null,"qp":null}`, `{"q":""}`, `{"q":" 1"}`, `{"q":"01"}`,
	`{"q":"1.0"}`, `{"qs":"x"}`, `{"qs":"\"\\ud83d\""}`, `{"qb":"t"}`, `{"qp":"1e400"}`, `{"Arr":[1],"Arrs":[{"A":1},{"B":1}]}`, `{"Arr":[1,2,3,"x",{}]}`, `{"Arr":[1,2,3,}`, `{"Arr":[1,2],"Arr":[]}`,
	`{"MS":{"a":{"A":1},"b":{}},"MS":{"a":{"B":"x"}}}`, `{"MI":{"1":"x","2":null}}`, `{"MI":{"x":"x"}}`, `{"MT":{"10.0.0.1":true}}`, `{"MT":{"x":true}}`,
	`{ "s" : "spaces" , "i" : 5 , "Ints" : [ 1 , 2 ] , "M" : { "a" : 1 } }`, `{"s":"a","zz":1,"i":2,"zz":3,"b":true}`,
	`{"Time":"2026-11-21T14:00:00Z"}`, `{"TimeP":"2026-11-21T14:00:00Z"}`, `{"TimeP":null}`, `{"TimeP":{"Time":"2026-11-21T14:00:00Z"}}`, `{"Time":{"Time":"2026-11-21T14:00:00Z"}}`,
}

func TestAgreesWithEncodingJSON(t *testing.T) {
	t.Run("values", func(t *testing.T) {
		eachType(t, inputs)
	})
	t.Run("fields", func(t *testing.T) {
		d := decoderOf[everything](t)
		var names []string
		for i := range reflect.TypeFor[everything]().NumField() {
			f := reflect.TypeFor[everything]().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = f.Name
			}
			names = append(names, name, strings.ToUpper(name))
		}
		for _, name := range names {
			for _, value := range inputs {
				agree(t, d, `{"`+name+`":`+value+`}`)
				agree(t, d, `{"x":[`+value+`],"`+name+`":`+value+`,"i":1}`)
			}
		}
		for _, record := range fieldInputs {
			agree(t, d, record)
			for cut := range record {
				agree(t, d, record[:cut])
			}
		}
	})
}

// eachType decodes all records into each of some types.
func eachType(t *testing.T, records []string) {
	decodeAll[everything](t, records)
	decodeAll[row](t, records)
	decodeAll[*row](t, records)
	decodeAll[[]row](t, records)
	decodeAll[any](t, records)
	decodeAll[map[string]any](t, records)
	decodeAll[map[named]*row](t, records)
	decodeAll[map[int8]string](t, records)
	decodeAll[map[uint8]int](t, records)
	decodeAll[map[netip.Addr]bool](t, records)
	decodeAll[[]any](t, records)
	decodeAll[[]int](t, records)
	decodeAll[[2]string](t, records)
	decodeAll[[0]int](t, records)
	decodeAll[[]byte](t, records)
	decodeAll[string](t, records)
	decodeAll[named](t, records)
	decodeAll[bool](t, records)
	decodeAll[int](t, records)
	decodeAll[int8](t, records)
	decodeAll[int16](t, records)
	decodeAll[int32](t, records)
	decodeAll[int64](t, records)
	decodeAll[uint](t, records)
	decodeAll[uint8](t, records)
	decodeAll[uint16](t, records)
	decodeAll[uint32](t, records)
	decodeAll[uint64](t, records)
	decodeAll[uintptr](t, records)
	decodeAll[float32](t, records)
	decodeAll[float64](t, records)
	decodeAll[time.Time](t, records)
	decodeAll[*time.Time](t, records)
	decodeAll[json.RawMessage](t, records)
	decodeAll[json.Number](t, records)
	decodeAll[level](t, records)
	decodeAll[*level](t, records)
	decodeAll[[]level](t, records)
	decodeAll[text](t, records)
	decodeAll[netip.Addr](t, records)
	decodeAll[struct{ time.Time }](t, records)
	decodeAll[*struct{ time.Time }](t, records)
	decodeAll[[]struct{ time.Time }](t, records)
	decodeAll[struct{}](t, records)
	decodeAll[struct{ *inner }](t, records)
	decodeAll[struct{ *Outer }](t, records)
}

func decodeAll[T any](t *testing.T, records []string) {
	t.Helper()
	d := decoderOf[T](t)
	for _, record := range records {
		agree(t, d, record)
	}
}

func TestDepth(t *testing.T) {
	for _, depth := range []int{9_999, 10_000, 10_001} {
		for _, record := range []string{
			strings.Repeat("[", depth) + strings.Repeat("]", depth),
			strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
			`{"Self":` + strings.Repeat(`{"Self":`, depth-1) + "null" + strings.Repeat("}", depth),
			`{"Any":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}",
			`{"Raw":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}",
		} {
			agree(t, decoderOf[any](t), record)
			agree(t, decoderOf[everything](t), record)
		}
	}
}

// What lies side by side is not deep.
func TestBreadth(t *testing.T) {
	for _, element := range []string{"[]", "{}", "[1]", `{"a":1}`} {
		record := "[" + strings.Repeat(element+",", 2*maxDepth) + element + "]"
		agree(t, decoderOf[any](t), record)
		agree(t, decoderOf[json.RawMessage](t), record)
	}
	agree(t, decoderOf[[]row](t), "["+strings.Repeat(`{"A":1,"C":[]},`, maxDepth)+"{}]")
}

// A tree may hold itself in any way.
type tree struct {
	Kids []tree
	By   map[string]tree
	Up   *tree
	N    int
}

func TestRecursiveTypes(t *testing.T) {
	decodeAll[tree](t, []string{`{"Kids":[{"N":1,"Kids":[{"N":2}]},{"By":{"x":{"Up":{"N":3}}}}],"N":4}`, `{"Kids":[{"N":"x"}]}`})
}

func TestErrors(t *testing.T) {
	for record, want := range map[string]string{
		`{"i":"x"}`:                       `i: byte 5: a string where a whole number is wanted`,
		`{"i8":128}`:                      `i8: byte 6: the number 128 does not fit in int8`,
		`{"i":1.5}`:                       `i: byte 5: the number 1.5 where a whole number is wanted`,
		`{"Rows":[{"A":1},{"C":[1,{}]}]}`: `Rows[1].C[1]: byte 25: an object where a number is wanted`,
		`{"MS":{"a":{"A":true}}}`:         `MS.a.A: byte 16: true where a whole number is wanted`,
		`{"Self":{"Self":{"b":1}}}`:       `Self.Self.b: byte 21: the number 1 where true or false is wanted`,
		`{"s":"x`:                         `s: byte 7: the record ends in a string that begins at byte 5`,
		`{"s":"x" "i":1}`:                 `byte 9: a string where a comma or '}' is wanted`,
		`{"s":"x"} x`:                     `byte 10: x follows the value`,
		`{"Level":"mid"}`:                 `Level: byte 9: no level`,
		`{"T":"yesterday"}`:               `T: byte 5: parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`,
		`not json`:                        `byte 0: not is no value`,
		``:                                `byte 0: the record ends where a value is wanted`,
		`{"unknown":[1,}`:                 `byte 14: '}' is no value`,
		`[1]`:                             `byte 0: an array where an object is wanted`,
		"{\"s\":\"a\nb\"}":                `s: byte 7: the control character '\n' in a string must be escaped`,
	} {
		err := decoderOf[everything](t).Decode([]byte(record), new(everything))
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got: %v\nwant: %s", record, err, want)
		}
	}
}

func TestTypesThatJSONCannotHold(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{errOf[struct{ A struct{ F func() } }](), "field A: field F: func() cannot be read from JSON"},
		{errOf[chan int](), "chan int cannot be read from JSON"},
		{errOf[map[complex64]int](), "keys of map[complex64]int are not strings or whole numbers, and have no UnmarshalText method"},
		{errOf[[]error](), "error is an interface with methods, and JSON does not say which type to make"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf(" got: %v\nwant: %s", c.err, c.want)
		}
	}
}

func errOf[T any]() error {
	_, err := NewDecoder[T]()
	return err
}

// Keys in another order than before, keys that come and go, and more keys than
// are remembered.
func TestKeysAreGuessedOnly(t *testing.T) {
	d := decoderOf[row](t)
	for range 3 {
		for _, record := range []string{
			`{"A":1,"B":"x","C":[1]}`, `{"C":[2],"A":3}`, `{"B":"y","x":1,"A":2}`, `{"x":1,"B":"y","A":2}`, `{}`, `{"A":5}`, `{"AB":1,"A":2}`, `{"a":1,"A":2,"a":3}`,
		} {
			agree(t, d, record)
		}
	}
	for n := range 3 * maxKeys {
		agree(t, d, fmt.Sprintf(`{"key %d":1,"A":%d,"%s":1,"b":"x"}`, n, n, strings.Repeat("long", n%40)))
	}
}

// A stream whose keys are data does not fill the memory.
func TestKeysAreForgotten(t *testing.T) {
	o, err := make(decoders).object(reflect.TypeFor[row]())
	if err != nil {
		t.Fatal(err)
	}
	var v row
	for n := range 10 * maxKeys {
		p := parser{data: fmt.Appendf(nil, `{"key %d":1,"A":%d,"%0*d":1}`, n, n, maxKeySize+1, n)}
		if end := o.decode(&p, 0, unsafe.Pointer(&v)); end != len(p.data) || v.A != n {
			t.Fatalf("%s: %+v, %v", p.data, v, p.err)
		}
	}
	if len(o.known) > maxKeys+3 {
		t.Errorf("%d keys are remembered", len(o.known))
	}
	for name := range o.known {
		if len(name) > maxKeySize {
			t.Errorf("a key of %d bytes is remembered", len(name))
		}
	}
}

func TestViewsAndAllocations(t *testing.T) {
	d := decoderOf[event](t)
	data := []byte(eventRecord)
	var v event
	if n := testing.AllocsPerRun(100, func() {
		v = event{}
		if err := d.Decode(data, &v); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
	if want := "https://example.com/articles/1234567?ref=home"; v.URL != want {
		t.Errorf("%q, want %q", v.URL, want)
	}
}

// Every byte at every place of a word.
func TestPlain(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			b := []byte(strings.Repeat("x", 20))
			b[at] = byte(c)
			want := at
			if c >= ' ' && c < 0x80 && c != '"' && c != '\\' {
				want = len(b)
			}
			if got := plain(b, 0); got != want {
				t.Fatalf("byte %#x at %d: %d, want %d", c, at, got, want)
			}
			b[19] = '"' // and the first of two
			if got := plain(b, 0); got != min(want, 19) {
				t.Fatalf("byte %#x at %d before a quote: %d, want %d", c, at, got, min(want, 19))
			}
		}
	}
}

// A record of 50 MB is one as any other, whether its fields are wanted or not.
func TestRecordOf50MB(t *testing.T) {
	long := strings.Repeat("0123456789", 5<<20)
	record := `{"B":"` + long + `","unknown":["` + long + `"],"A":7}`
	var v row
	if err := decoderOf[row](t).Decode([]byte(record), &v); err != nil || v.A != 7 || v.B != long {
		t.Errorf("A is %d, B has %d bytes, %v", v.A, len(v.B), err)
	}
	if err := decoderOf[row](t).Decode([]byte(record[:len(record)-9]), &v); err == nil || len(err.Error()) > 200 {
		t.Errorf("half a record: %.300v", err)
	}
}
