package lines

import (
	"errors"
	"strings"
	"testing"
)

type line string

type blob []byte

// status reads and writes itself as text.
type status struct{ code int }

func (s *status) UnmarshalText(text []byte) error {
	if len(text) != 3 {
		return errors.New("a status has three digits")
	}
	s.code = int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0')
	return nil
}

func (s status) AppendText(dst []byte) ([]byte, error) {
	if s.code == 0 {
		return dst, errors.New("no status")
	}
	return append(dst, byte('0'+s.code/100), byte('0'+s.code/10%10), byte('0'+s.code%10)), nil
}

// upper is a string with methods: they count, not the string.
type upper string

func (u *upper) UnmarshalText(text []byte) error {
	*u = upper(strings.ToUpper(string(text)))
	return nil
}

func (u upper) MarshalText() ([]byte, error) { return []byte(strings.ToLower(string(u))), nil }

func check[T any](t *testing.T, in, out string, ok func(T) bool) {
	t.Helper()
	d, err := NewDecoder[T]()
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder[T]()
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := d.Decode([]byte(in), &v); err != nil {
		t.Fatal(err)
	}
	if !ok(v) {
		t.Errorf("%T from %q: %v", v, in, v)
	}
	if got, err := e.Append([]byte("> "), &v); err != nil || string(got) != "> "+out {
		t.Errorf("%T: %q, %v, want %q", v, got, err, out)
	}
}

func TestLines(t *testing.T) {
	for _, s := range []string{"", "a line", "\xff\x00\n"} {
		check(t, s, s, func(v string) bool { return v == s })
		check(t, s, s, func(v line) bool { return v == line(s) })
		check(t, s, s, func(v []byte) bool { return string(v) == s && cap(v) == len(v) })
		check(t, s, s, func(v blob) bool { return string(v) == s })
	}
	check(t, "404", "404", func(v status) bool { return v.code == 404 })
	check(t, "Abc", "abc", func(v upper) bool { return v == "ABC" })
}

func TestErrorsOfTypes(t *testing.T) {
	d, _ := NewDecoder[status]()
	if err := d.Decode([]byte("x"), new(status)); err == nil {
		t.Error("a status of one letter is read")
	}
	e, _ := NewEncoder[status]()
	if _, err := e.Append(nil, new(status)); err == nil {
		t.Error("no status is written")
	}
	if _, err := NewDecoder[struct{ N int }](); err == nil || err.Error() != "struct { N int } is not text: lines are read into string, []byte, or a type with an UnmarshalText method" {
		t.Error(err)
	}
	if _, err := NewEncoder[int](); err == nil || err.Error() != "int is not text: lines are written from string, []byte, or a type with an AppendText or MarshalText method" {
		t.Error(err)
	}
}

func TestNoAllocation(t *testing.T) {
	d, _ := NewDecoder[string]()
	e, _ := NewEncoder[string]()
	data, dst := []byte("a line of some length"), make([]byte, 0, 100)
	var v string
	if n := testing.AllocsPerRun(100, func() {
		if d.Decode(data, &v) != nil {
			t.Fatal()
		}
		if _, err := e.Append(dst, &v); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
