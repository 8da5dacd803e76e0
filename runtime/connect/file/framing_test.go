package file

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
)

// frames splits a text in the way a stream does.
func frames(f framing, text []byte) (records []string) {
	for len(text) > 0 {
		end := f.end(text, 0)
		if end < 0 {
			end = len(text)
		}
		if record := content(text[:end]); !f.blank(record) {
			records = append(records, string(record))
		}
		text = text[end:]
	}
	return records
}

// Records of CSV are told apart as encoding/csv does, whatever is in quotes.
func TestRecordsOfCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.StringMatching(`[a",\n ]{0,6}`)
		rows := rapid.SliceOf(rapid.SliceOfN(cells, 2, 4)).Draw(t, "rows")
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.UseCRLF = rapid.Bool().Draw(t, "CRLF")
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		whole := text.Bytes()
		if rapid.Bool().Draw(t, "no last line end") {
			whole = bytes.TrimRight(whole, "\r\n")
		}
		got := frames(framings["csv"], whole)
		if len(got) != len(rows) {
			t.Fatalf("%d records %q, want %d: %q", len(got), got, len(rows), rows)
		}
		for i, record := range got {
			row, err := csv.NewReader(strings.NewReader(record)).Read()
			// encoding/csv drops a carriage return before a line end in quotes.
			if err != nil || !slices.Equal(row, rows[i]) {
				t.Fatalf("record %q: %q, %v, want %q", record, row, err, rows[i])
			}
		}
	})
}

var kept []byte

// BenchmarkRead is the reader on a file of lines, beside a bufio.Scanner that
// copies each of them.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	line := []byte(strings.Repeat("some words of a log ", 9) + "\n")
	put(b, dir, "a.log", bytes.Repeat(line, 20_000))
	put(b, dir, "a.log.gz", compressed(b, gz, string(bytes.Repeat(line, 20_000))))
	for _, name := range []string{"a.log", "a.log.gz"} {
		b.Run("spaas/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(line)) * 20_000)
			b.ReportAllocs()
			s := openSource(b, dir, config.FileSource{Path: name, Format: "lines"})
			for b.Loop() {
				r, err := s.Open(b.Context(), 0)
				if err != nil {
					b.Fatal(err)
				}
				if err := r.Assign(b.Context(), discover(b, s)); err != nil {
					b.Fatal(err)
				}
				var f connect.Fetch
				n := 0
				for err = nil; err == nil; n += len(f.Records) {
					f.Records = f.Records[:0]
					err = r.Poll(b.Context(), &f)
				}
				if err != io.EOF || n != 20_000 {
					b.Fatal(n, err)
				}
				r.Close()
			}
		})
	}
	b.Run("scanner/a.log", func(b *testing.B) {
		b.SetBytes(int64(len(line)) * 20_000)
		b.ReportAllocs()
		for b.Loop() {
			f, err := os.Open(filepath.Join(dir, "a.log"))
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for lines := bufio.NewScanner(f); lines.Scan(); n++ {
				kept = bytes.Clone(lines.Bytes())
			}
			if n != 20_000 {
				b.Fatal(n)
			}
			f.Close()
		}
	})
}
