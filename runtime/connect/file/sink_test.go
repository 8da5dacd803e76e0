package file

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

func openSink(t testing.TB, dir, name string, c config.FileSink) connect.Sink {
	t.Helper()
	s, err := newSink(connect.SinkConfig{Env: connect.Env{Name: name, Dir: dir, Job: "job", Namespace: "ns"}, Sink: config.Sink{File: &c}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Recover(t.Context(), math.MaxUint64, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, s connect.Sink, task connect.Task, values ...string) connect.Writer {
	t.Helper()
	task.Deployment = "ns/job"
	w, err := s.Open(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := w.Write(t.Context(), []connect.Record{{Value: []byte(v)}}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func precommit(t testing.TB, w connect.Writer) []connect.Committable {
	t.Helper()
	c, err := w.Precommit(t.Context(), 1)
	if err != nil || len(c) != 1 {
		t.Fatal(c, err)
	}
	return c
}

// commit takes a writer through a checkpoint.
func commit(t testing.TB, s connect.Sink, w connect.Writer) {
	t.Helper()
	if err := s.Commit(t.Context(), 1, precommit(t, w)); err != nil {
		t.Fatal(err)
	}
}

// names are those of a folder, hidden ones as well.
func names(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestParts(t *testing.T) {
	dir := t.TempDir()
	s := openSink(t, dir, "out", config.FileSink{Path: "parts", Format: "csv", RollSize: 10})
	w := write(t, s, connect.Task{Generation: 3, Subtask: 1, Header: []byte("a,b")}, "1,2", "3,4", "5,6")
	parts := filepath.Join(dir, "parts")
	c := precommit(t, w)
	for _, name := range names(t, parts) {
		if !strings.HasPrefix(name, ".spaas.ns.job.out.") {
			t.Errorf("%s is there before the commit", name)
		}
	}
	if err := s.Commit(t.Context(), 1, c); err != nil {
		t.Fatal(err)
	}
	// Two records fill a part of 10 bytes, with its header.
	want := []string{"out-g000003-s001-000001.csv", "out-g000003-s001-000002.csv"}
	if got := names(t, parts); !slices.Equal(got, want) {
		t.Fatalf("parts %q, want %q", got, want)
	}
	for i, text := range []string{"a,b\n1,2\n3,4\n", "a,b\n5,6\n"} {
		if got, err := os.ReadFile(filepath.Join(parts, want[i])); err != nil || string(got) != text {
			t.Errorf("%s holds %q, %v, want %q", want[i], got, err, text)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := w.Write(t.Context(), []connect.Record{{}}); err == nil {
		t.Error("a closed writer writes")
	}
}

func TestNamesNeverCollide(t *testing.T) {
	dir := t.TempDir()
	c := config.FileSink{Path: "parts", Format: "lines"}
	// A job that starts over counts its generations anew.
	for _, value := range []string{"first life", "second life", "third life"} {
		s := openSink(t, dir, "out", c)
		w := write(t, s, connect.Task{Generation: 1}, value)
		commit(t, s, w)
		w.Close()
	}
	// Another sink writes the same folder.
	s := openSink(t, dir, "other", c)
	w := write(t, s, connect.Task{Generation: 1}, "another sink")
	commit(t, s, w)
	w.Close()
	got := visible(t, dir, config.FileSource{Path: "parts", Format: "lines"})
	if want := []string{"another sink", "second life", "third life", "first life"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := names(t, filepath.Join(dir, "parts"))[1], "out-g000001-s000-000001-2.txt"; got != want {
		t.Errorf("the second part of the name is %s, want %s", got, want)
	}
}

// A commit that was killed between its steps is done again.
func TestCommitIsDoneAgain(t *testing.T) {
	c := config.FileSink{Path: "parts", Format: "lines", RollSize: 1}
	source := config.FileSource{Path: "parts", Format: "lines"}
	for name, killed := range map[string]func(hidden, named string) error{
		"before it began":     func(string, string) error { return nil },
		"with the name given": os.Link,
		"at its end":          os.Rename,
	} {
		dir := t.TempDir()
		s := openSink(t, dir, "out", c)
		w := write(t, s, connect.Task{Generation: 1}, "one", "two")
		all := precommit(t, w)
		parts := filepath.Join(dir, "parts")
		if err := killed(filepath.Join(parts, ".spaas.ns.job.out.g000001-s000-000001"), filepath.Join(parts, "out-g000001-s000-000001.txt")); err != nil {
			t.Fatal(err)
		}
		// The next process has another folder in its config.
		moved, err := newSink(connect.SinkConfig{Env: connect.Env{Name: "out", Dir: dir, Job: "job", Namespace: "ns"}, Sink: config.Sink{File: &config.FileSink{Path: "elsewhere"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := moved.Recover(t.Context(), 2, all); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := moved.Commit(t.Context(), 1, all); err != nil {
				t.Fatal(err)
			}
		}
		if got := names(t, parts); len(got) != 2 {
			t.Errorf("killed %s: %q", name, got)
		}
		if got := visible(t, dir, source); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("killed %s: visible is %q", name, got)
		}
		w.Close()
	}
}

// What a killed process leaves is not seen by a reader, and goes when the job
// starts again; what others are writing stays.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	c := config.FileSink{Path: "parts", Format: "lines"}
	first := openSink(t, dir, "out", c)
	killed := write(t, first, connect.Task{Generation: 1}, "safe")
	commit(t, first, killed)
	if err := killed.Write(t.Context(), []connect.Record{{Value: []byte(strings.Repeat("lost", 50_000))}}); err != nil {
		t.Fatal(err)
	}
	others := openSink(t, dir, "out2", c)
	other := write(t, others, connect.Task{Generation: 1}, "other")
	source := config.FileSource{Path: "parts", Format: "lines"}
	if got := visible(t, dir, source); !slices.Equal(got, []string{"safe"}) {
		t.Errorf("visible is %.100q", got)
	}
	second := openSink(t, dir, "out", c)
	heir := write(t, second, connect.Task{Generation: 2}, "heir")
	if got := names(t, filepath.Join(dir, "parts")); len(got) != 3 {
		t.Errorf("files %q, want the safe one and two that are being written", got)
	}
	commit(t, others, other)
	commit(t, second, heir)
	if got := visible(t, dir, source); !slices.Equal(got, []string{"safe", "heir", "other"}) {
		t.Errorf("visible is %.100q", got)
	}
	// The process that was thought dead wakes up: its part is gone, and it says so.
	if _, err := killed.Precommit(t.Context(), 2); err == nil {
		t.Error("a writer of a generation that is over pre-commits")
	}
	for _, w := range []connect.Writer{killed, other, heir} {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Two processes that start at once both want to be the same generation. One is
// held up before its Recover; when it goes on, the other has taken over and has
// pre-committed: nothing of that may go.
func TestRecoverThatComesLate(t *testing.T) {
	dir := t.TempDir()
	c := config.FileSink{Path: "parts", Format: "lines"}
	first := openSink(t, dir, "out", c)
	killed := write(t, first, connect.Task{Generation: 1}, "lost")
	second := openSink(t, dir, "out", c)
	heir := write(t, second, connect.Task{Generation: 2}, "heir")
	all := precommit(t, heir)
	if err := first.Recover(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	if err := second.Commit(t.Context(), 1, all); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Join(dir, "parts")); !slices.Equal(got, []string{"out-g000002-s000-000001.txt"}) {
		t.Errorf("files %q, want what the heir pre-committed", got)
	}
	killed.Close()
	heir.Close()
}

// A job that starts over finds parts of its earlier life that nobody will ever
// name, under the names that it would give.
func TestStartOverBesideLeftovers(t *testing.T) {
	dir := t.TempDir()
	c := config.FileSink{Path: "parts", Format: "lines"}
	killed := write(t, openSink(t, dir, "out", c), connect.Task{Generation: 1}, "of the earlier life")
	s, err := newSink(connect.SinkConfig{Env: connect.Env{Name: "out", Dir: dir, Job: "job", Namespace: "ns"}, Sink: config.Sink{File: &c}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Recover(t.Context(), 1, nil); err != nil {
		t.Fatal(err)
	}
	w := write(t, s, connect.Task{Generation: 1}, "of this life")
	commit(t, s, w)
	if got := visible(t, dir, config.FileSource{Path: "parts", Format: "lines"}); !slices.Equal(got, []string{"of this life"}) {
		t.Errorf("visible is %q", got)
	}
	killed.Close()
	w.Close()
}

func TestRejectsSayWhy(t *testing.T) {
	dir := t.TempDir()
	s := openSink(t, dir, "rejects", config.FileSink{Path: "rejects"})
	w := write(t, s, connect.Task{})
	reason := []connect.Header{{Key: "spaas.error", Value: []byte(`byte 0: "x" is no value`)}, {Key: "spaas.offset", Value: []byte("7")}}
	if err := w.Write(t.Context(), []connect.Record{{Value: []byte("x\ny"), Headers: reason}, {Value: []byte("\xff"), Headers: reason[1:]}}); err != nil {
		t.Fatal(err)
	}
	commit(t, s, w)
	w.Close()
	want := []string{`{"spaas.error":"byte 0: \"x\" is no value","spaas.offset":"7","value":"x\ny"}`, `{"spaas.offset":"7","bytes":"/w=="}`}
	if got := visible(t, dir, config.FileSource{Path: "rejects"}); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestFoldersThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "file", []byte("x"))
	for path, want := range map[string]string{
		"file":        dir + `/file: the folder cannot be written: mkdir ` + dir + `/file: not a directory (name a folder that the user of the job may write)`,
		"file/deeper": dir + `/file/deeper: the folder cannot be written: mkdir ` + dir + `/file: not a directory (name a folder that the user of the job may write)`,
	} {
		s, err := newSink(connect.SinkConfig{Env: connect.Env{Name: "out", Dir: dir}, Sink: config.Sink{File: &config.FileSink{Path: path}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Recover(t.Context(), math.MaxUint64, nil); err == nil || err.Error() != want || !fault.Incurable(err) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if os.Getuid() == 0 {
		return // root may write everywhere
	}
	if err := os.Mkdir(filepath.Join(dir, "locked"), 0o500); err != nil {
		t.Fatal(err)
	}
	s, err := newSink(connect.SinkConfig{Env: connect.Env{Name: "out", Dir: dir}, Sink: config.Sink{File: &config.FileSink{Path: "locked"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Recover(t.Context(), math.MaxUint64, nil); !fault.Incurable(err) {
		t.Error(err)
	}
}

func TestSinkConfigIsChecked(t *testing.T) {
	_, err := newSink(connect.SinkConfig{Env: connect.Env{Name: "out"}, Sink: config.Sink{File: &config.FileSink{Format: "cvs", Compression: "auto"}}})
	want := `file.path: is missing (name a folder)
file.format: unknown format "cvs" (did you mean "csv"?)
file.compression: unknown compression "auto" (it is one of none, gz, zstd)`
	if err == nil || err.Error() != want || !fault.Incurable(err) {
		t.Errorf("%v\nwant %s", err, want)
	}
}
