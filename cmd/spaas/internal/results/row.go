package results

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// row is a result as a person sees it: named cells in the order of the record.
type row struct {
	// id is what a later result replaces: the key, and the window where it has
	// one. "" is a result of its own.
	id    string
	end   string // of its window, "" for one that is no window's
	names []string
	cells []string
}

// readRow makes a row of a record. An object's fields are its columns, those of
// objects inside with their path ("value.count"); anything else is one column.
func readRow(key, value []byte) row {
	var r row
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	if err := r.object(dec, ""); err != nil || dec.More() {
		return row{id: string(key), names: []string{""}, cells: []string{visible(string(value))}}
	}
	if r.id, r.end = r.window(); r.end == "" {
		r.id = string(key)
	}
	return r
}

// object reads an object whose fields' names start with prefix.
func (r *row) object(dec *json.Decoder, prefix string) error {
	if t, err := dec.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("%v is no object", t)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var field json.RawMessage
		if err := dec.Decode(&field); err != nil {
			return err
		}
		path := prefix + visible(name.(string))
		if field[0] == '{' {
			inner := json.NewDecoder(bytes.NewReader(field))
			inner.UseNumber()
			if err := r.object(inner, path+"."); err != nil {
				return err
			}
			continue
		}
		r.names, r.cells = append(r.names, path), append(r.cells, cell(field))
	}
	_, err := dec.Token() // }
	return err
}

// window is the identity of a result that is a window's, and the window's end:
// it has a key, a start and an end, as stream.Pane writes them. Both are "" for
// any other.
func (r *row) window() (id, end string) {
	var start string
	var b strings.Builder
	for i, name := range r.names {
		switch {
		case name == "start":
			start = r.cells[i]
		case name == "end":
			end = r.cells[i]
		case name != "key" && !strings.HasPrefix(name, "key."):
			continue
		}
		fmt.Fprintf(&b, "%q", r.cells[i])
	}
	if start == "" || end == "" {
		return "", ""
	}
	return b.String(), end
}

// cell renders a value that is no object. Times are shown without the letters
// that only programs need.
func cell(value json.RawMessage) string {
	var s string
	if value[0] != '"' || json.Unmarshal(value, &s) != nil {
		return visible(string(value))
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil && strings.HasSuffix(s, "Z") {
		return t.Format("2006-01-02 15:04:05.999999999")
	}
	return visible(s)
}

// visible replaces what would move the cursor of a terminal or worse: results
// hold what strangers sent.
func visible(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
