package feed

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	data := []byte(text)
	var packed bytes.Buffer
	switch filepath.Ext(name) {
	case ".gz":
		w := gzip.NewWriter(&packed)
		w.Write(data)
		w.Close()
		data = packed.Bytes()
	case ".zst":
		w, err := zstd.NewWriter(&packed)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
		w.Close()
		data = packed.Bytes()
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "b.log", "b1\r\n\nb3")
	write(t, dir, "a.log.gz", "a1\na2\n")
	write(t, dir, "c.log.zst", "c1\n")
	write(t, dir, ".hidden.log", "never\n")
	write(t, dir, "d.ndjson", "{\"n\":1}\n\n{\"n\":2}\n")
	write(t, dir, "e.csv", "n,text\n1,\"two\nlines\"\n2,x\n")
	tests := []struct{ path, format, want string }{
		{"b.log", "lines", "b.log: b1||b3|"},
		{"*.log*", "lines", "a.log.gz: a1|a2| b.log: b1||b3| c.log.zst: c1|"},
		{"d.ndjson", "json", `d.ndjson: {"n":1}|{"n":2}|`},
		{"e.csv", "csv", "e.csv: 1,\"two\nlines\"|2,x|"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			files, err := Files(t.Context(), filepath.Join(dir, tt.path), tt.format)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for range 2 { // a file can be read again
				got = nil
				for _, f := range files {
					text := filepath.Base(f.Path) + ": "
					for record, err := range f.Records(t.Context()) {
						if err != nil {
							t.Fatal(err)
						}
						text += string(record) + "|"
					}
					got = append(got, text)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestStampOfAFile(t *testing.T) {
	dir := t.TempDir()
	stamp := func() string {
		files, err := Files(t.Context(), filepath.Join(dir, "a.log"), "lines")
		if err != nil {
			t.Fatal(err)
		}
		return files[0].Stamp
	}
	write(t, dir, "a.log", "one\n")
	before := stamp()
	if again := stamp(); again != before {
		t.Errorf("the stamp of a file that was not touched went from %s to %s", before, again)
	}
	write(t, dir, "a.log", "one\ntwo\n")
	if after := stamp(); after == before {
		t.Errorf("the stamp of a file that has grown is still %s", after)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "broken.log.gz", "one\n")
	if err := os.Truncate(filepath.Join(dir, "broken.log.gz"), 12); err != nil {
		t.Fatal(err)
	}
	if _, err := Files(t.Context(), filepath.Join(dir, "absent.log"), "lines"); err == nil || !strings.Contains(err.Error(), "absent.log") {
		t.Errorf("absent: %v", err)
	}
	files, err := Files(t.Context(), filepath.Join(dir, "broken.log.gz"), "lines")
	if err != nil {
		t.Fatal(err)
	}
	var failure error
	for _, err := range files[0].Records(t.Context()) {
		failure = err
	}
	if failure == nil || !strings.Contains(fmt.Sprint(failure), "broken.log.gz") {
		t.Errorf("broken: %v", failure)
	}
}
