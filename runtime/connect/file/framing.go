package file

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// framing is how records follow each other in a file of a format.
type framing struct {
	extension string
	// multiline records may have line ends in quotes.
	multiline bool
	// header is the first record, which names the columns of the others.
	header bool
	// blanks are no records.
	skipBlank bool
}

var framings = map[string]framing{
	"json":  {extension: ".ndjson", skipBlank: true},
	"csv":   {extension: ".csv", multiline: true, header: true, skipBlank: true},
	"lines": {extension: ".txt"},
}

func framingOf(format string) (framing, error) {
	if format == "" {
		format = "json"
	}
	f, ok := framings[format]
	if !ok {
		return f, unknown("format", format, "csv", "json", "lines")
	}
	return f, nil
}

// unknown says which words there are for a key of the config.
func unknown(key, word string, words ...string) error {
	do := fault.DidYouMean(word, words)
	if do == "" {
		do = "it is one of " + strings.Join(words, ", ")
	}
	return &fault.Error{What: fmt.Sprintf("unknown %s %q", key, word), Do: do, Incurable: true}
}

// end returns the position behind the line end that ends the first record of b,
// or -1 if there is none. The first bytes, as many as checked, hold no line end
// that ends a record.
func (f framing) end(b []byte, checked int) int {
	if !f.multiline {
		return lineEnd(b, checked)
	}
	end := lineEnd(b, 0)
	if quote := bytes.IndexByte(b[:max(end, 0)], '"'); quote < 0 && end >= 0 {
		return end
	}
	return quotedEnd(b)
}

func lineEnd(b []byte, from int) int {
	if i := bytes.IndexByte(b[from:], '\n'); i >= 0 {
		return from + i + 1
	}
	return -1
}

// quotedEnd looks for the line end that is in no quotes. Quotes begin where a
// value does; elsewhere a quote is a fault of its line alone, which the decoder
// reports.
func quotedEnd(b []byte) int {
	quoted, begins := false, true
	for i, c := range b {
		switch {
		case quoted:
			quoted = c != '"' // a doubled one begins quotes again
			begins = !quoted
		case c == '\n':
			return i + 1
		default:
			quoted = c == '"' && begins
			begins = c == ','
		}
	}
	return -1
}

// content is a record without its line end.
func content(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return line[:len(line):len(line)]
}

// blank says whether a line is no record.
func (f framing) blank(record []byte) bool {
	return f.skipBlank && len(bytes.TrimSpace(record)) == 0
}
