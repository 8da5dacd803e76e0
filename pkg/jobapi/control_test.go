package jobapi

import (
	"strings"
	"testing"
)

func TestParseControl(t *testing.T) {
	tests := []struct {
		name, in string
		id       string   // read although the record is refused
		want     []string // each in the error; none: no error
	}{
		{"whole", `{"api":1,"id":"op-31","who":"ana","want":"paused","rate":{"clicks":1000}}`, "op-31", nil},
		{"savepoint", `{"api":1,"id":"2026-11-24T17.45","want":"running","savepoint":true}`, "2026-11-24T17.45", nil},
		{"not JSON", `{"api":1,`, "", []string{"unexpected EOF"}},
		{"empty", ``, "", []string{"EOF"}},
		{"field of a later version", `{"api":1,"id":"op-1","want":"running","scale":3}`, "op-1", []string{`unknown field "scale"`}},
		{"wrong type", `{"api":1,"id":"op-1","want":7}`, "op-1", []string{"want"}},
		{"two records", `{"api":1,"id":"op-1","want":"running"}{}`, "op-1", []string{"more than one record"}},
		{"every fault at once", `{"api":2,"id":"../x","want":"gone","rate":{"a":-1}}`, "../x",
			[]string{"api is 2", `id "../x"`, `want is "gone"`, `source "a"`}},
		{"too long", `{"id":"` + strings.Repeat("x", MaxControl) + `"}`, "", []string{"more than 65536 bytes"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ParseControl([]byte(tt.in))
			if c.ID != tt.id {
				t.Errorf("id %q, want %q", c.ID, tt.id)
			}
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"op-31": true, "0": true, "a.b_c": true, strings.Repeat("x", 100): true,
		"": false, ".": false, "..": false, "a/b": false, "-x": false, "a b": false, strings.Repeat("x", 101): false,
	} {
		if ValidID(id) != want {
			t.Errorf("ValidID(%q) = %v", id, !want)
		}
	}
}

// A hostile record must never panic the job that reads it, and one that is
// taken must name an operation that stays in its folder.
func FuzzParseControl(f *testing.F) {
	f.Add([]byte(`{"api":1,"id":"op-31","want":"paused","rate":{"clicks":1000}}`))
	f.Add([]byte(`{"id":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseControl(data)
		if err == nil && strings.Contains(c.ID, "/") {
			t.Errorf("took id %q", c.ID)
		}
	})
}
