package term

import (
	"strings"
	"testing"
)

func results() *Table {
	table := &Table{Header: []string{"Key", "Count", "From"}, Right: []int{1}, Indent: "  "}
	table.Section("SINK counts")
	table.Row("zürich", "7", "spaas.yaml:3")
	table.Row("東京", "1,024", "")
	return table
}

func TestTable(t *testing.T) {
	pipe, _, _ := Fake()
	want := `Key       Count  From
SINK counts
  zürich      7  spaas.yaml:3
  東京    1,024
`
	if got := results().Render(pipe); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if n := results().Len(); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	if got := (&Table{}).Render(pipe); got != "" {
		t.Errorf("an empty table is %q", got)
	}
}

// A terminal's lines end at its width; a pipe gets everything.
func TestTableOnATerminal(t *testing.T) {
	narrow, _, _ := Fake(AsTTY(20, 24), WithColor())
	for _, line := range results().Lines(narrow) {
		if n := columns(line); n > 20 {
			t.Errorf("%q is %d columns wide", line, n)
		}
	}
	if got := results().Render(narrow); !strings.Contains(got, "\x1b[1mSINK counts\x1b[0m") || !strings.Contains(got, "…") {
		t.Errorf("got:\n%q", got)
	}
}
