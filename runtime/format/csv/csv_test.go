package csv

import (
	"encoding/csv"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/fault"
)

type order struct {
	ID     int64     `csv:"id" json:"other"`
	At     time.Time `json:"at"`
	Price  float64
	Paid   bool   `csv:",omitempty"`
	Note   string `csv:"note"`
	Raw    []byte `csv:"raw,omitempty"`
	Count  *uint8
	From   netip.Addr `csv:"from,omitempty"`
	hidden int        //lint:ignore U1000 what is not exported is no column
	Skip   chan int   `csv:"-"`
	Place  struct {
		City string `json:"city"`
		*Geo
	}
	*Extra
}

type Geo struct{ Lat, Lon float32 }

type Extra struct {
	Tag named `csv:",omitempty"`
}

type named string

func decoder[T any](t testing.TB, header string) *Decoder[T] {
	t.Helper()
	d, err := NewDecoder[T]()
	if err != nil {
		t.Fatal(err)
	}
	if header != "" {
		if err := d.SetHeader([]byte(header)); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestDecode(t *testing.T) {
	at := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	three := uint8(3)
	d := decoder[order](t, "")
	for record, want := range map[string]order{
		`1,2026-11-21T14:00:00Z,1.5,true,hello,raw,3,10.0.0.1,Berlin,1,2,x`: {
			ID: 1, At: at, Price: 1.5, Paid: true, Note: "hello", Raw: []byte("raw"), Count: &three, From: netip.MustParseAddr("10.0.0.1"),
			Place: struct {
				City string `json:"city"`
				*Geo
			}{"Berlin", &Geo{1, 2}},
			Extra: &Extra{"x"},
		},
		",,,,,,,,,,,":           {},
		" 1 ,,\t2,,,,,,,,,\r\n": {ID: 1, Price: 2},
		`-1,,,,"a ""b"", c` + "\n" + `d",,,,"",,,"é"`: {ID: -1, Note: "a \"b\", c\nd", Extra: &Extra{"é"}},
	} {
		var got order
		if err := d.Decode([]byte(record), &got); err != nil {
			t.Errorf("%q: %v", record, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n%+v\nwant\n%+v", record, got, want)
		}
	}
}

func TestHeader(t *testing.T) {
	d := decoder[order](t, "unknown, NOTE ,id,at,Price,Place.city,place.lat,Place.Lon,\"x,y\"\r\n")
	var v order
	if err := d.Decode([]byte("1,2,3,,4,5,6,7,8"), &v); err != nil {
		t.Fatal(err)
	}
	if v.Note != "2" || v.ID != 3 || v.Price != 4 || v.Place.City != "5" || v.Place.Lat != 6 || v.Place.Lon != 7 || v.Count != nil {
		t.Errorf("%+v", v)
	}
	for header, want := range map[string]string{
		"id,at,Price,not": `the header has no column "note" (did you mean "not"?)
the header has no column "Place.city" (it has id, at, Price, not; the tag csv:",omitempty" lets the column be absent)
the header has no column "Place.Lat" (it has id, at, Price, not; the tag csv:",omitempty" lets the column be absent)
the header has no column "Place.Lon" (it has id, at, Price, not; the tag csv:",omitempty" lets the column be absent)`,
		"id,ID":    `the header has the column "ID" twice`,
		`id,"open`: `header: byte 3: the record ends in quotes`,
	} {
		if err := decoder[order](t, "").SetHeader([]byte(header)); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", header, err, want)
		} else if list, ok := errors.AsType[fault.List](err); ok && !fault.Incurable(list) {
			t.Errorf("%s: a restart does not cure it", header)
		}
	}
}

func TestErrors(t *testing.T) {
	for record, want := range map[string]string{
		`x,1,,`:        `A: byte 0: "x" where a whole number is wanted`,
		`300,1,,`:      `A: byte 0: 300 does not fit in int8`,
		`1,-1,,`:       `B: byte 2: "-1" where a whole number from 0 on is wanted`,
		`1,1,"1,5",`:   `C: byte 4: "1,5" where a number is wanted`,
		`1,1,1e99,`:    `C: byte 4: 1e99 does not fit in float32`,
		`1,1,1,yes`:    `D: byte 6: "yes" where true or false is wanted`,
		`1,1,1`:        `byte 5: the record has 3 cells, not 4`,
		`1,1,1,true,`:  `byte 11: the record has 5 cells, not 4`,
		``:             `byte 0: the record has 1 cells, not 4`,
		`1,"2`:         `byte 2: the record ends in quotes`,
		`1,"2"3,,`:     `byte 5: a quoted value is followed by more than a comma`,
		`1,2",,`:       `byte 3: a quote in a value that has none around it`,
		"1,2,3,\ntrue": `byte 6: a line end that is not in quotes`,
	} {
		var v struct {
			A int8
			B uint16
			C float32
			D bool
		}
		_ = v
		err := decoder[struct {
			A int8
			B uint16
			C float32
			D bool
		}](t, "").Decode([]byte(record), &v)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", record, err, want)
		}
	}
}

func TestTypesThatAreNoRecord(t *testing.T) {
	type bad struct {
		M  map[string]int
		In struct{ F func() }
	}
	_, errBad := NewDecoder[bad]()
	_, errInt := NewDecoder[int]()
	_, errWrite := NewEncoder[bad]()
	for _, c := range []struct {
		err  error
		want string
	}{
		{errBad, "field M: map[string]int cannot be read from a cell\nfield In: field F: func() cannot be read from a cell"},
		{errInt, "int is no struct: a record of CSV is read into the fields of one, or into []string"},
		{errWrite, "field M: map[string]int cannot be written as a cell\nfield In: field F: func() cannot be written as a cell"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("%v\nwant %s", c.err, c.want)
		}
	}
}

// What is written is read again, by ours and by encoding/csv.
func TestRoundTrip(t *testing.T) {
	type inner struct {
		S named
		P *string
	}
	type row struct {
		S  string
		B  []byte
		I  int32
		U  uint64
		F  float64
		F3 float32
		OK bool
		T  time.Time
		In inner
	}
	e, err := NewEncoder[row]()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(e.Header()), "S,B,I,U,F,F3,OK,T,In.S,In.P"; got != want {
		t.Errorf("header %s, want %s", got, want)
	}
	d := decoder[row](t, string(e.Header()))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ ,"\na]*`))
		in := row{
			S: text.Draw(t, "S"), I: rapid.Int32().Draw(t, "I"), U: rapid.Uint64().Draw(t, "U"), F: rapid.Float64().Draw(t, "F"),
			F3: rapid.Float32().Draw(t, "F3"), OK: rapid.Bool().Draw(t, "OK"),
			T:  time.Unix(rapid.Int64Range(0, 1<<35).Draw(t, "T"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(),
			In: inner{S: named(text.Draw(t, "In.S"))},
		}
		if b := text.Draw(t, "B"); b != "" {
			in.B = []byte(b)
		}
		if p := text.Draw(t, "P"); p != "" {
			in.In.P = &p
		}
		data, err := e.Append(nil, &in)
		if err != nil {
			t.Fatal(err)
		}
		var out row
		if err := d.Decode(data, &out); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if !reflect.DeepEqual(in, out) {
			t.Fatalf("%q:\n%+v\nwant\n%+v", data, out, in)
		}
		cells, err := csv.NewReader(strings.NewReader(string(data))).Read()
		if err != nil || strings.ReplaceAll(in.S, "\r\n", "\n") != cells[0] {
			t.Fatalf("%q: encoding/csv reads %q, %v", data, cells, err)
		}
	})
}

func TestCells(t *testing.T) {
	e, err := NewEncoder[[]string]()
	if err != nil {
		t.Fatal(err)
	}
	d := decoder[[]string](t, "any,header")
	for _, cells := range [][]string{{""}, {"a"}, {"a", ""}, {"", "", " b"}, {`"`, "x,y", "1\n2"}} {
		data, err := e.Append(nil, &cells)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := d.Decode(data, &got); err != nil || !slices.Equal(got, cells) {
			t.Errorf("%q: %q, %v, want %q", data, got, err, cells)
		}
	}
	if e.Header() != nil {
		t.Errorf("header %q", e.Header())
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	type row struct {
		S string
		N int64
		F float64
		T time.Time
	}
	d := decoder[row](t, "")
	data := []byte(`hello,12,1.5,2026-11-21T14:00:00Z`)
	var v row
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Decode(data, &v); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

// FuzzCells looks for records that ours and encoding/csv split differently.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"", "a", "a,b", `"a""b",c`, `"a`, `a"b`, `"a"b`, "\"a\nb\",c", ",", `""`, `"",`, ` "a"`, "a\n", "a\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if data == "" || strings.Contains(data, "\r") || strings.HasPrefix(data, "\n") || strings.HasSuffix(data, "\n\n") {
			t.Skip("empty lines and carriage returns differ on purpose")
		}
		got, gotErr := split(record([]byte(data)))
		r := csv.NewReader(strings.NewReader(data))
		r.FieldsPerRecord = -1
		all, wantErr := r.ReadAll()
		if wantErr == nil && len(all) != 1 {
			wantErr = errors.New("several records")
		}
		if (gotErr == nil) != (wantErr == nil) || gotErr == nil && !slices.Equal(got, all[0]) {
			t.Fatalf("%q: %q, %v\nencoding/csv: %q, %v", data, got, gotErr, all, wantErr)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	type event struct {
		At      int64
		User    string
		Country string
		URL     string
		Price   float64
		Mobile  bool
	}
	data := []byte(`1764244800123,user-0000123456,DE,https://example.com/articles/1234567?ref=home,12.75,true`)
	d := decoder[event](b, "")
	var v event
	b.ReportAllocs()
	for b.Loop() {
		v = event{}
		if err := d.Decode(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}
