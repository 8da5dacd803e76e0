package file

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/conformance"
)

// compressed is a text as a file of a compression holds it, in two members.
func compressed(t testing.TB, compression, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	half := len(text) / 2
	for _, part := range []string{text[:half], text[half:]} {
		switch compression {
		case gz:
			w := gzip.NewWriter(&out)
			fmt.Fprint(w, part)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		case zstandard:
			w, err := zstd.NewWriter(&out)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(w, part)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		default:
			out.WriteString(part)
		}
	}
	return out.Bytes()
}

// put writes a file below a folder.
func put(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// small makes blocks so small that records lie across them.
func small(t testing.TB) {
	before := blockSize
	blockSize = 32
	t.Cleanup(func() { blockSize = before })
}

func openSource(t testing.TB, dir string, c config.FileSource) connect.Source {
	t.Helper()
	s, err := newSource(connect.SourceConfig{Env: connect.Env{Name: "logs", Dir: dir}, Source: config.Source{File: &c}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// inputs are texts of each format, and the records in them.
var inputs = []struct {
	format, text string
	records      []string
}{
	{"json", "{\"n\":1}\n\n{\"n\":2,\"long\":\"" + strings.Repeat("long ", 30) + "\"}\r\n  \n{\"n\":3}",
		[]string{`{"n":1}`, `{"n":2,"long":"` + strings.Repeat("long ", 30) + `"}`, `{"n":3}`}},
	{"lines", "\ufeffone\n\ntwo\r\n" + strings.Repeat("x", 100) + "\n\n", []string{"one", "", "two", strings.Repeat("x", 100), ""}},
	{"csv", "\ufeffa,b\r\n1,\"x\ny, \"\"z\"\"\"\n\n2,plain\n3,bare\"quote\n4,\"\n\n\"\n5,last",
		[]string{"1,\"x\ny, \"\"z\"\"\"", "2,plain", "3,bare\"quote", "4,\"\n\n\"", "5,last"}},
}

func TestSourceConformance(t *testing.T) {
	small(t)
	for _, in := range inputs {
		for _, compression := range []string{none, gz, zstandard} {
			t.Run(in.format+" "+compression, func(t *testing.T) {
				conformance.TestSource(t, func(t *testing.T) conformance.Source {
					dir := t.TempDir()
					put(t, dir, "in/a", compressed(t, compression, in.text))
					put(t, dir, "in/b", nil)
					put(t, dir, "in/c", compressed(t, compression, strings.TrimSuffix(in.text, "\n")+"\n"))
					put(t, dir, "in/.hidden", []byte("x"))
					return conformance.Source{
						New: func() (connect.Source, error) {
							return openSource(t, dir, config.FileSource{Path: "in", Format: in.format}), nil
						},
						Records: map[string][]string{"in/a": in.records, "in/b": nil, "in/c": in.records},
						Change: func(split string) {
							put(t, dir, split, compressed(t, compression, strings.ToUpper(in.text)+"x"))
						},
					}
				})
			})
		}
	}
}

// visible reads the folder of a sink with the source.
func visible(t testing.TB, dir string, c config.FileSource) (values []string) {
	t.Helper()
	s := openSource(t, dir, c)
	splits, err := s.Discover(t.Context(), connect.NewSplits)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readAll(t, s, splits) {
		values = append(values, string(r.Value))
	}
	return values
}

func TestSinkConformance(t *testing.T) {
	for _, compression := range []string{none, gz, zstandard} {
		t.Run(compression, func(t *testing.T) {
			conformance.TestSink(t, func(t *testing.T) conformance.Sink {
				dir := t.TempDir()
				return conformance.Sink{
					New: func() (connect.Sink, error) {
						return newSink(connect.SinkConfig{
							Env:  connect.Env{Name: "out", Dir: dir, Job: "job", Namespace: "conformance"},
							Sink: config.Sink{File: &config.FileSink{Path: "out", Compression: compression, RollSize: 100}},
						})
					},
					Visible: func() []string { return visible(t, dir, config.FileSource{Path: "out"}) },
				}
			})
		})
	}
}
