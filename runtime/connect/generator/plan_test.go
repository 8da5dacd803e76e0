package generator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

func newPlan(t testing.TB, c config.GeneratorSource) *Plan {
	t.Helper()
	if c.Start == "" {
		c.Start = "2026-11-21T14:00:00Z"
	}
	p, err := NewPlan(c, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var all = map[string]string{
	"at": "time", "n": "seq", "who": "one_of(ana, bo \"b\", c/d)", "code": "one_of(200,404, 1.5)", "die": "int(1,6)",
	"below": "int(-3,-1)", "share": "float(0,1)", "id": "string(8)",
}

// The records are part of what a checkpoint relies on: they may not change from
// one version to the next.
func TestRecordsStayTheSame(t *testing.T) {
	c := config.GeneratorSource{Seed: 42, Step: config.Duration(time.Second), Disorder: config.Duration(3 * time.Second), Late: 0.5, LateBy: config.Duration(time.Hour), Fields: all}
	for _, want := range []struct {
		format string
		n      int64
		record string
	}{
		{"json", 0, `{"at":"2026-11-21T13:59:58.850865716Z","below":-2,"code":200,"die":5,"id":"loabvyus","n":0,"share":0.5769,"who":"c/d"}`},
		{"csv", 1000, `2026-11-21T13:16:37Z,-3,1.5,1,flpmzpue,1000,0.3110,c/d`},
	} {
		c.Format = want.format
		if got := string(newPlan(t, c).Append(nil, want.n)); got != want.record {
			t.Errorf("%s record %d:\n%s\nwant\n%s", want.format, want.n, got, want.record)
		}
	}
}

func TestJSONIsValid(t *testing.T) {
	p := newPlan(t, config.GeneratorSource{Fields: all})
	seen := map[string]map[string]bool{}
	for n := range int64(1000) {
		var v struct {
			At    time.Time
			N     int64
			Who   string
			Code  float64
			Die   int
			Below int
			Share float64
			ID    string
		}
		record := p.Append(nil, n)
		if err := json.Unmarshal(record, &v); err != nil {
			t.Fatalf("%s: %v", record, err)
		}
		if v.N != n || v.At.UnixNano() != p.Time(n) || v.Die < 1 || v.Die > 6 || v.Below < -3 || v.Below > -1 || v.Share < 0 || v.Share > 1 || len(v.ID) != 8 {
			t.Fatalf("record %d: %s", n, record)
		}
		for field, value := range map[string]any{"who": v.Who, "code": v.Code, "die": v.Die, "below": v.Below, "id": v.ID} {
			if seen[field] == nil {
				seen[field] = map[string]bool{}
			}
			seen[field][fmt.Sprint(value)] = true
		}
	}
	for field, want := range map[string]int{"who": 3, "code": 3, "die": 6, "below": 3, "id": 1000} {
		if got := len(seen[field]); got != want {
			t.Errorf("field %s has %d values, want %d", field, got, want)
		}
	}
	if !seen["who"][`bo "b"`] {
		t.Errorf("who: %v", seen["who"])
	}
}

func TestOtherFormats(t *testing.T) {
	p := newPlan(t, config.GeneratorSource{Format: "csv", Fields: map[string]string{"b": `one_of(x"y)`, "a,c": "seq"}})
	if got, want := string(p.Header()), `"a,c",b`; got != want {
		t.Errorf("header %s, want %s", got, want)
	}
	if got, want := string(p.Append(nil, 7)), `7,"x""y"`; got != want {
		t.Errorf("record %s, want %s", got, want)
	}
	p = newPlan(t, config.GeneratorSource{Format: "lines", Fields: map[string]string{"line": "one_of(any text at all)"}})
	if got, want := string(p.Append(nil, 7)), "any text at all"; got != want || p.Header() != nil {
		t.Errorf("record %q, want %q", got, want)
	}
}

// A field that is added, and another seed, change what they should.
func TestDrawsAreIndependent(t *testing.T) {
	record := func(seed uint64, fields map[string]string, n int64) map[string]any {
		var v map[string]any
		if err := json.Unmarshal(newPlan(t, config.GeneratorSource{Seed: seed, Fields: fields}).Append(nil, n), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	for n := range int64(20) {
		one := record(1, map[string]string{"id": "string(8)"}, n)
		two := record(1, map[string]string{"id": "string(8)", "also": "string(8)"}, n)
		three := record(2, map[string]string{"id": "string(8)"}, n)
		if one["id"] != two["id"] || two["id"] == two["also"] || one["id"] == three["id"] {
			t.Errorf("record %d: %v, with a field more %v, with another seed %v", n, one, two, three)
		}
	}
}

// The plan's promise about time: with a watermark that trails by the disorder,
// the late records are late, and no other is.
func TestLateness(t *testing.T) {
	const n = 20_000
	c := config.GeneratorSource{
		Seed: 3, Step: config.Duration(10 * time.Millisecond), Disorder: config.Duration(200 * time.Millisecond),
		Late: 0.02, LateBy: config.Duration(10 * time.Second),
	}
	p := newPlan(t, c)
	window, lateness, batch := int64(5*time.Second), int64(time.Second), int64(256)
	var newest, watermark, late, dropped int64
	newest, watermark = p.Time(0), 0
	disordered := 0
	for i := range int64(n) {
		at := p.Time(i)
		if i%batch == 0 {
			watermark = newest - int64(c.Disorder)
		}
		if at < newest {
			disordered++
		}
		end := at - at%window + window
		switch isLate := at < newest-int64(c.Disorder); {
		case isLate != p.IsLate(i):
			t.Fatalf("record %d at %d, newest %d: planned late %t, is late %t", i, at, newest, p.IsLate(i), isLate)
		case isLate:
			late++
		}
		if end+lateness <= watermark {
			dropped++
		}
		newest = max(newest, at)
	}
	if want := p.Late(0, n); late != want || dropped != want {
		t.Errorf("%d records are late and %d are dropped, planned are %d", late, dropped, want)
	}
	if late < n/100 || late > n*3/100 || disordered < n/2 {
		t.Errorf("of %d records %d are late, %d out of order", n, late, disordered)
	}
	if p.Late(0, Warmup) != 0 || p.Late(0, n) != p.Late(0, 5000)+p.Late(5000, n) {
		t.Error("late records do not add up")
	}
}

func TestConfigIsChecked(t *testing.T) {
	_, err := NewPlan(config.GeneratorSource{
		Rate: -1, Count: -1, Start: "noon", Step: -1, Late: 1.5, Format: "jsn",
		Fields: map[string]string{
			"a": "now", "b": "int(1)", "c": "int(5,1)", "d": "float(a,b)", "e": "string(0)", "f": "one_of()", "g": "one_of(a,)", "h": "int(1,2", "i": "seq)", "j": "", "k": "float(1,1)", "l": "int(-9223372036854775808,9223372036854775807)",
		},
	}, time.Time{})
	want := `generator.start: "noon" is not a time (write it as 2026-11-21T14:00:00Z)
generator.step: -1ns is below zero
generator.rate: -1 is below zero (0 is as fast as it can)
generator.count: -1 is below zero (0 is without end)
generator.late: 1.5 is not between 0 and 1 (it is a share: 0.01 is one in a hundred)
generator.late_by: is missing beside late (say by how much late events are late)
generator.format: "jsn" is unknown (did you mean "json"?)
generator.fields.a: "now": there is no "now" (a field is one of time, seq, one_of(a,b), int(1,9), float(0,1), string(8))
generator.fields.b: "int(1)": int takes 2 values, not 1 (…)
generator.fields.c: "int(5,1)": there is no range from 5 to 1 (…)
generator.fields.d: "float(a,b)": float takes two numbers (…)
generator.fields.e: "string(0)": string takes a length from 1 to 1048576 (…)
generator.fields.f: "one_of()": one_of takes at least one value (…)
generator.fields.g: "one_of(a,)": one of the values is empty (…)
generator.fields.h: "int(1,2": parentheses do not match (…)
generator.fields.i: "seq)": there is no "seq)" (…)
generator.fields.j: "": there is no "" (…)
generator.fields.k: "float(1,1)": there is no range from 1 to 1 (…)
generator.fields.l: "int(-9223372036854775808,9223372036854775807)": there is no range from -9223372036854775808 to 9223372036854775807 (…)`
	if err == nil || !fault.Incurable(err) {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(err.Error(), "(a field is one of "+expressions+")", "(…)")
	want = strings.ReplaceAll(want, "(a field is one of "+expressions+")", "(…)")
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if _, err := NewPlan(config.GeneratorSource{Count: 300, Step: config.Duration(365 * 24 * time.Hour)}, time.Unix(0, 0)); err == nil || err.Error() != "generator.step: 300 records of 8760h0m0s go beyond the year 2262" {
		t.Error(err)
	}
	if _, err := NewPlan(config.GeneratorSource{Format: "lines"}, time.Time{}); err == nil || err.Error() != "generator.fields: a line holds one field, not 2 (name one field, or choose the format json or csv)" {
		t.Error(err)
	}
}

func BenchmarkAppend(b *testing.B) {
	p := newPlan(b, config.GeneratorSource{Fields: map[string]string{"time": "time", "user": "string(8)", "country": "one_of(DE,ES,FR)", "price": "float(0,100)", "n": "int(1,1000)"}})
	var dst []byte
	var n int64
	b.ReportAllocs()
	for b.Loop() {
		dst = p.Append(dst[:0], n)
		n++
	}
	b.SetBytes(int64(len(dst)))
}
