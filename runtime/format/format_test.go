package format

import (
	"slices"
	"testing"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

func TestNamesAgreeWithConfig(t *testing.T) {
	configured := config.Formats()
	slices.Sort(configured)
	if !slices.Equal(Names(), configured) {
		t.Errorf("formats are %q, the config knows %q", Names(), configured)
	}
}

type row struct {
	Name string
	N    int
}

// Every format reads what it has written.
func TestRoundTrip(t *testing.T) {
	roundTrip(t, row{"a, b", -1}, "csv", "json")
	roundTrip(t, "a line, \"as it is\"", "json", "lines")
	roundTrip(t, []byte("bytes"), "json", "lines")
}

func roundTrip[T any](t *testing.T, in T, formats ...string) {
	t.Helper()
	for _, name := range formats {
		e, err := NewEncoder[T](name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := NewDecoder[T](name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := e.Append(nil, &in)
		if err != nil {
			t.Fatal(err)
		}
		header := HeaderOf(e)
		if h, ok := d.(Headered); ok != (header != nil) {
			t.Errorf("%s: the decoder has a header: %t, the encoder %q", name, ok, header)
		} else if ok {
			if err := h.SetHeader(header); err != nil {
				t.Error(err)
			}
		}
		var out T
		if err := d.Decode(data, &out); err != nil {
			t.Fatalf("%s: %q: %v", name, data, err)
		}
		if again, err := e.Append(nil, &out); err != nil || string(again) != string(data) {
			t.Errorf("%s: %q comes back as %q, %v", name, data, again, err)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	for name, want := range map[string]string{
		"jsn":     `unknown format "jsn" (did you mean "json"?)`,
		"parquet": `unknown format "parquet" (formats are csv, json, lines)`,
	} {
		_, err1 := NewDecoder[row](name)
		_, err2 := NewEncoder[row](name)
		for _, err := range []error{err1, err2} {
			if err == nil || err.Error() != want || !fault.Incurable(err) {
				t.Errorf("%v\nwant %s", err, want)
			}
		}
	}
}

// A type that a format cannot hold is an error, and no decoder or encoder.
func TestRefused(t *testing.T) {
	for _, name := range Names() {
		if d, err := NewDecoder[func()](name); err == nil || d != nil {
			t.Errorf("%s: decoder %v, %v", name, d, err)
		}
		if e, err := NewEncoder[func()](name); err == nil || e != nil {
			t.Errorf("%s: encoder %v, %v", name, e, err)
		}
	}
}
