package results

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spaas/spaas/cmd/spaas/internal/term"
)

func TestReadRow(t *testing.T) {
	tests := []struct{ name, key, value, want string }{
		{"pane", "200", `{"key":200,"start":"2015-05-17T10:00:00Z","end":"2015-05-17T11:00:00Z","value":{"count":74,"bytes":1.5}}`,
			`["key" "start" "end" "value.count" "value.bytes"] ["200" "2015-05-17 10:00:00" "2015-05-17 11:00:00" "74" "1.5"] id "\"200\"\"2015-05-17 10:00:00\"\"2015-05-17 11:00:00\""`},
		{"pane with a key of two fields", "x", `{"key":{"a":1,"b":"y"},"start":"s","end":"e","value":1}`,
			`["key.a" "key.b" "start" "end" "value"] ["1" "y" "s" "e" "1"] id "\"1\"\"y\"\"s\"\"e\""`},
		{"object", "k", `{"a":12345678901234567890,"b":null,"c":[1,{"d":2}],"e":true}`,
			`["a" "b" "c" "e"] ["12345678901234567890" "null" "[1,{\"d\":2}]" "true"] id "k"`},
		{"half of a window is none", "k", `{"key":"a","start":"s"}`, `["key" "start"] ["a" "s"] id "k"`},
		{"local time stays", "", `{"at":"2015-05-17T10:00:00+02:00"}`, `["at"] ["2015-05-17T10:00:00+02:00"] id ""`},
		{"empty object", "", `{}`, `[] [] id ""`},
		{"number", "k", `17`, `[""] ["17"] id "k"`},
		{"text", "", `83.149.9.216 - - "GET /"`, `[""] ["83.149.9.216 - - \"GET /\""] id ""`},
		{"two objects", "", `{"a":1}{"b":2}`, `[""] ["{\"a\":1}{\"b\":2}"] id ""`},
		{"cut object", "", `{"a":1,"b":{"c":`, `[""] ["{\"a\":1,\"b\":{\"c\":"] id ""`},
		{"what a terminal obeys", "", "{\"a\":\"x\\u001b[2J\",\"b\\u001b\":1}", `["a" "b�"] ["x�[2J" "1"] id ""`},
		{"no text at all", "", "\xff\x00\x1b]0;title\a", `[""] ["���]0;title�"] id ""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := readRow([]byte(tt.key), []byte(tt.value))
			if got := fmt.Sprintf("%q %q id %q", r.names, r.cells, r.id); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func FuzzReadRow(f *testing.F) {
	f.Add([]byte(`{"key":{"a":1},"start":"","end":"x","value":[]}`))
	f.Add([]byte("{\"\x1b\":\"\x1b\"}"))
	f.Fuzz(func(t *testing.T, value []byte) {
		r := readRow(nil, value)
		if len(r.names) != len(r.cells) {
			t.Fatalf("%d names, %d cells", len(r.names), len(r.cells))
		}
		if text := strings.Join(append(r.names, r.cells...), ""); strings.ContainsAny(text, "\x1b\n\r\x00") {
			t.Errorf("%q reaches the terminal", text)
		}
	})
}

func pane(sink string, key, hour, count int) Result {
	return Result{Sink: sink, Value: fmt.Appendf(nil,
		`{"key":%d,"start":"2015-05-17T%02d:00:00Z","end":"2015-05-17T%02d:00:00Z","value":%d}`, key, hour, hour+1, count)}
}

func TestBoard(t *testing.T) {
	b := NewBoard([]string{"counts", "rejects", "notes"})
	for _, r := range []Result{
		pane("counts", 200, 10, 7), pane("counts", 404, 10, 1), pane("counts", 200, 11, 120),
		pane("counts", 200, 10, 74), // the window fires again: a late event
		{Sink: "notes", Value: []byte("first")}, {Sink: "notes", Value: []byte("first")},
		{Sink: "else", Value: []byte("nobody's")},
	} {
		b.Put(r)
	}
	on, _, _ := term.Fake(term.AsTTY(80, 24))
	got := strings.Join(b.Lines(on, 24), "\n")
	want := `SINK counts  4 results
key  start                end                  value
200  2015-05-17 11:00:00  2015-05-17 12:00:00    120
200  2015-05-17 10:00:00  2015-05-17 11:00:00     74
404  2015-05-17 10:00:00  2015-05-17 11:00:00      1

SINK rejects  0 results

SINK notes  2 results

first
first
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// However many sinks and results there are: the board keeps within its lines.
func TestBoardKeepsWithinHeight(t *testing.T) {
	b := NewBoard([]string{"a", "b", "c"})
	for i := range 50 {
		b.Put(pane("a", i, 10, i))
		b.Put(pane("b", i%3, 10, i))
	}
	on, _, _ := term.Fake(term.AsTTY(80, 24))
	for height := range 40 {
		if got := len(b.Lines(on, height)); got > height {
			t.Errorf("%d lines in a height of %d", got, height)
		}
	}
	// The newest of many are shown.
	lines := b.Lines(on, 12)
	if !strings.Contains(lines[2], "49  ") || len(lines) > 12 {
		t.Errorf("the newest is not at the top:\n%s", strings.Join(lines, "\n"))
	}
}

func TestBoardForgetsTheOldest(t *testing.T) {
	b := NewBoard([]string{"a"})
	for i := range 3 * kept {
		b.Put(pane("a", i, 10, i))
	}
	s := b.sinks[0]
	if s.count != 3*kept || s.newest.Len() != kept || len(s.byID) != kept {
		t.Errorf("%d counted, %d rows, %d ids", s.count, s.newest.Len(), len(s.byID))
	}
	b.Put(pane("a", 0, 10, 1)) // forgotten, and here again
	if got := s.newest.Front().Value.(row).cells[0]; got != "0" {
		t.Errorf("the newest is %s", got)
	}
}
