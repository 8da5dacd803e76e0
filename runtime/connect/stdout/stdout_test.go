package stdout

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/conformance"
)

func open(t testing.TB, out io.Writer) connect.Sink {
	t.Helper()
	s, err := Connector().Sink(connect.SinkConfig{Env: connect.Env{Name: "out", Stdout: out}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	conformance.TestSink(t, func(t *testing.T) conformance.Sink {
		var out bytes.Buffer
		return conformance.Sink{
			New:     func() (connect.Sink, error) { return open(t, &out), nil },
			Visible: func() []string { return strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' }) },
		}
	})
}

// calls keeps what each call of Write has written.
type calls struct{ texts []string }

func (c *calls) Write(b []byte) (int, error) {
	c.texts = append(c.texts, string(b))
	return len(b), nil
}

// Subtasks write at the same time, each whole lines, below one header.
func TestLinesAreWhole(t *testing.T) {
	var out calls
	s := open(t, &out)
	var writers sync.WaitGroup
	for i := range 4 {
		w, err := s.Open(t.Context(), connect.Task{Subtask: i, Header: []byte("subtask,n")})
		if err != nil {
			t.Fatal(err)
		}
		writers.Go(func() {
			for n := range 50 {
				one, two := fmt.Appendf(nil, "%d,%d", i, n), fmt.Appendf(nil, "%d,%d\n", i, n)
				if err := w.Write(t.Context(), []connect.Record{{Value: one}, {Value: two}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if len(out.texts) != 200 || !strings.HasPrefix(out.texts[0], "subtask,n\n") {
		t.Fatalf("%d calls, the first of %q", len(out.texts), out.texts[0])
	}
	out.texts[0] = strings.TrimPrefix(out.texts[0], "subtask,n\n")
	for _, text := range out.texts {
		one, two, _ := strings.Cut(text, "\n")
		if one+"\n" != two || strings.Contains(text, "subtask") {
			t.Errorf("%q", text)
		}
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestStandardOutputIsGone(t *testing.T) {
	w, err := open(t, closedPipe{}).Open(t.Context(), connect.Task{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(t.Context(), []connect.Record{{Value: []byte("x")}}); !errors.Is(err, io.ErrClosedPipe) || !strings.HasPrefix(err.Error(), `sink "out": standard output: `) {
		t.Error(err)
	}
}
