package file

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/testservice"
	"github.com/spaas/spaas/runtime/connect"
)

// fetches reads splits to their end, or to an error.
func fetches(t testing.TB, s connect.Source, splits []connect.Split) (all []connect.Fetch, err error) {
	t.Helper()
	r, err := s.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := r.Assign(t.Context(), splits); err != nil {
		return nil, err
	}
	for {
		var f connect.Fetch
		if err := r.Poll(t.Context(), &f); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		all = append(all, f)
	}
}

func readAll(t testing.TB, s connect.Source, splits []connect.Split) (records []connect.Record) {
	t.Helper()
	all, err := fetches(t, s, splits)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		records = append(records, f.Records...)
	}
	return records
}

func discover(t testing.TB, s connect.Source) []connect.Split {
	t.Helper()
	splits, err := s.Discover(t.Context(), connect.FirstStart)
	if err != nil {
		t.Fatal(err)
	}
	return splits
}

func TestFilesInTheOrderOfTheirNames(t *testing.T) {
	// The folder of the job has letters that mean something in a glob.
	dir := filepath.Join(t.TempDir(), "a [job]*")
	for _, name := range []string{"logs/b.log", "logs/a.log", "logs/c.txt", "logs/.d.log.swp", "logs/deep/e.log", "one.log"} {
		put(t, dir, name, []byte(name))
	}
	if err := os.Mkdir(filepath.Join(dir, "logs/f.log"), 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"one.log":                     {"one.log"},
		"./logs/":                     {"logs/a.log", "logs/b.log", "logs/c.txt"},
		"logs/*.log":                  {"logs/a.log", "logs/b.log"},
		"*/[a-b].log":                 {"logs/a.log", "logs/b.log"},
		filepath.Join(dir, "one.log"): {filepath.Join(dir, "one.log")},
	} {
		s := openSource(t, dir, config.FileSource{Path: path, Format: "lines"})
		var ids, values []string
		for _, split := range discover(t, s) {
			ids = append(ids, split.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s: splits %q, want %q", path, ids, want)
		}
		for _, r := range readAll(t, s, discover(t, s)) {
			values = append(values, string(r.Value))
		}
		if path == "logs/*.log" && !slices.Equal(values, want) {
			t.Errorf("%s: records in the order %q", path, values)
		}
	}
}

func TestHeaderOfEachFile(t *testing.T) {
	small(t)
	dir := t.TempDir()
	put(t, dir, "a.csv", []byte("x,y\n1,2\n"+strings.Repeat("3,4\n", 20)))
	put(t, dir, "b.csv", []byte("\n\ny,\"x\n\"\n5,6\n"))
	put(t, dir, "c.csv", []byte("only,header"))
	s := openSource(t, dir, config.FileSource{Path: "*.csv", Format: "csv"})
	splits := discover(t, s)
	all, err := fetches(t, s, splits)
	if err != nil {
		t.Fatal(err)
	}
	var headers []string
	for _, f := range all {
		if f.Header != nil {
			headers = append(headers, f.Split+" "+string(f.Header))
		}
	}
	if want := []string{"a.csv x,y", "b.csv y,\"x\n\"", "c.csv only,header"}; !slices.Equal(headers, want) {
		t.Errorf("headers %q, want %q", headers, want)
	}
	splits[0].Next = 8
	again, err := fetches(t, s, splits[:1])
	if err != nil || string(again[0].Header) != "x,y" || string(again[0].Records[0].Value) != "3,4" {
		t.Errorf("resumed at 8: %+v, %v", again, err)
	}
}

func TestLongRecords(t *testing.T) {
	before := maxRecord
	maxRecord = 1000
	small(t)
	defer func() { maxRecord = before }()
	dir := t.TempDir()
	long := strings.Repeat("x", maxRecord)
	put(t, dir, "fits", []byte("one\n"+long+"\ntwo\n"))
	s := openSource(t, dir, config.FileSource{Path: "fits", Format: "lines"})
	if records := readAll(t, s, discover(t, s)); len(records) != 3 || string(records[1].Value) != long {
		t.Fatalf("%d records", len(records))
	}
	for name, want := range map[string]string{
		"lines": `lines@4: the file cannot be read: a record is longer than 64 MiB (check that the file has one record a line)`,
		"csv":   `csv@4: the file cannot be read: a record is longer than 64 MiB (close the quote that is open there)`,
	} {
		put(t, dir, name, []byte("one\n\""+strings.Repeat("x", 2*maxRecord)+"\ntwo\n"))
		s := openSource(t, dir, config.FileSource{Path: name, Format: name})
		_, err := fetches(t, s, discover(t, s))
		if err == nil || err.Error() != want || !fault.Incurable(err) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// A record of 50 MB is one as any other.
func TestRecordOf50MB(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", []byte("one\n"+strings.Repeat("x", 50<<20)+"\ntwo"))
	s := openSource(t, dir, config.FileSource{Path: "a", Format: "lines"})
	records := readAll(t, s, discover(t, s))
	if len(records) != 3 || len(records[1].Value) != 50<<20 || string(records[2].Value) != "two" {
		t.Fatalf("%d records", len(records))
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("some text that is long enough to be compressed, but not well: 0123456789\n", 100)
	put(t, dir, "gz", compressed(t, gz, text)[:90])
	put(t, dir, "zst", compressed(t, zstandard, text)[:90])
	broken := compressed(t, gz, text)
	broken[len(broken)-5] ^= 1
	put(t, dir, "sum", broken)
	put(t, dir, "plain", []byte("text\n"))
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config config.FileSource
		want   string // part of the error
	}{
		{config.FileSource{Path: "gz"}, `gz@0: the file cannot be read: unexpected EOF (replace the file by a whole one, and start over)`},
		{config.FileSource{Path: "zst"}, `zst@0: the file cannot be read: unexpected EOF`},
		{config.FileSource{Path: "sum"}, `sum@0: the file cannot be read: gzip: invalid checksum`},
		{config.FileSource{Path: "plain", Compression: gz}, `plain@0: the file cannot be read: not a gz file: `},
		{config.FileSource{Path: "absent"}, dir + `/absent: there is no such file (correct the path of the source, or put the file there)`},
		{config.FileSource{Path: "absent/*.log"}, dir + `/absent/*.log: there is nothing to read: no file is there`},
		{config.FileSource{Path: "empty"}, dir + `/empty: there is nothing to read: no file is there`},
		{config.FileSource{Path: "pipe"}, dir + `/pipe: neither a file nor a folder`},
		{config.FileSource{Path: "[a"}, `[a: the path is no glob: syntax error in pattern`},
	} {
		c.config.Format = "lines"
		s := openSource(t, dir, c.config)
		splits, err := s.Discover(t.Context(), connect.FirstStart)
		if err == nil {
			_, err = fetches(t, s, splits)
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !fault.Incurable(err) {
			t.Errorf("%+v: %v (incurable: %t)\nwant %s", c.config, err, fault.Incurable(err), c.want)
		}
	}
}

func TestFolderThatMayNotBeRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "secret/a", []byte("x"))
	if err := os.Chmod(filepath.Join(dir, "secret"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(dir, "secret"), 0o700)
	source := openSource(t, dir, config.FileSource{Path: "secret"})
	var err error
	testservice.Unprivileged(t, func() { _, err = source.Discover(t.Context(), connect.FirstStart) })
	if err == nil || !strings.Contains(err.Error(), "may not be read") || !fault.Incurable(err) {
		t.Error(err)
	}
}

// A file that grows while it is read ends where it ended when it was found; one
// that shrinks is refused.
func TestFileThatChangesWhileItIsRead(t *testing.T) {
	small(t)
	dir := t.TempDir()
	text := strings.Repeat("a line\n", 20)
	for name, change := range map[string]func(path string) error{
		"grows": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("more\n")
			return err
		},
		"shrinks": func(path string) error { return os.Truncate(path, 70) },
	} {
		put(t, dir, name, []byte(text))
		s := openSource(t, dir, config.FileSource{Path: name, Format: "lines"})
		r, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.Assign(t.Context(), discover(t, s)); err != nil {
			t.Fatal(err)
		}
		var f connect.Fetch
		n := 0
		for err = r.Poll(t.Context(), &f); err == nil; err = r.Poll(t.Context(), &f) {
			if n == 0 {
				if err := change(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			n += len(f.Records)
			f.Records = f.Records[:0]
		}
		switch {
		case name == "grows" && (!errors.Is(err, io.EOF) || n != 20):
			t.Errorf("a file that grows: %d records of 20, %v", n, err)
		case name == "shrinks" && (!fault.Incurable(err) || !errors.Is(err, errShorter)):
			t.Errorf("a file that shrinks: %d records, %v", n, err)
		}
	}
}

// A limit lies behind a blank line, which is no record: the record behind it is
// not brought.
func TestLimitBehindABlankLine(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", []byte("1\n\n2\n3\n"))
	s := openSource(t, dir, config.FileSource{Path: "a", Format: "json"})
	r, err := s.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Assign(t.Context(), discover(t, s)); err != nil {
		t.Fatal(err)
	}
	if err := r.SetLimits(map[string]int64{"a": 3}); err != nil {
		t.Fatal(err)
	}
	var f connect.Fetch
	if err := r.Poll(t.Context(), &f); err != nil || len(f.Records) != 1 || !f.Ended {
		t.Errorf("%+v, %v", f, err)
	}
}

// A checkpoint goes on although files that were read to their end are gone.
func TestFilesThatAreGone(t *testing.T) {
	dir := t.TempDir()
	s := openSource(t, dir, config.FileSource{Path: "*.log", Format: "lines"})
	splits, err := s.Discover(t.Context(), connect.NewSplits)
	if err != nil || len(splits) > 0 {
		t.Errorf("%v, %v", splits, err)
	}
	if all, err := fetches(t, s, []connect.Split{{ID: "gone.log", Next: 5, Ended: true}}); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := fetches(t, s, []connect.Split{{ID: "gone.log", Next: 5}}); !fault.Incurable(err) {
		t.Errorf("a file is gone before its end: %v", err)
	}
}

func TestSourceConfigIsChecked(t *testing.T) {
	_, err := newSource(connect.SourceConfig{Env: connect.Env{Name: "logs"}, Source: config.Source{File: &config.FileSource{Format: "jsn", Compression: "bz2"}}})
	want := `file.path: is missing (name a file, a folder or a glob)
file.format: unknown format "jsn" (did you mean "json"?)
file.compression: unknown compression "bz2" (it is one of auto, none, gz, zstd)`
	if err == nil || err.Error() != want || !fault.Incurable(err) {
		t.Errorf("%v\nwant %s", err, want)
	}
}
