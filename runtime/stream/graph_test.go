package stream_test

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/stream"
)

type request struct {
	At     time.Time
	Status int
	Path   string
}

func count(n int64, _ request) int64 { return n + 1 }

func at(r request) time.Time { return r.At }

// Every mistake in a graph is reported, all at once, each at its own line.
func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		build func(g *stream.Graph) error
		want  []string // patterns, one a fault, in order
	}{
		{"empty", func(*stream.Graph) error { return nil }, []string{`the graph is empty`}},
		{"own error", func(g *stream.Graph) error {
			stream.From[request](g, "")
			return errors.New("no clicks today")
		}, []string{`^building the graph: no clicks today$`, `^\+1: a source has no name`}},
		{"goes nowhere", func(g *stream.Graph) error {
			in := stream.From[request](g, "in")
			in.Filter(func(request) bool { return true }).Named("ok")
			stream.KeyBy(in, func(r request) int { return r.Status })
			return nil
		}, []string{`^\+2: filter "ok" goes nowhere .*To`, `^\+3: key-by "key-by-1" goes nowhere .*Reduce`}},
		{"names", func(g *stream.Graph) error {
			a := stream.From[request](g, "in")
			a.To("out")
			stream.From[request](g, "in").To("out")
			a.Filter(func(request) bool { return true }).Named("in").Filter(func(request) bool { return true }).Named("in").To("out")
			a.Named("other").To("")
			stream.From[request](g, "").To("out")
			a.Filter(func(request) bool { return true }).Named("x").Named("y").To("out")
			return nil
		}, []string{
			`^\+3: source "in" has the name of source "in" at \+1 .*use the stream twice`,
			`^\+4: filter "in" has the name of filter "in" at \+4`,
			`^\+5: the source has the name "in" already`,
			`^\+5: a sink has no name`,
			`^\+6: a source has no name`,
			`^\+7: the filter has the name "x" already`,
		}},
		{"windows", func(g *stream.Graph) error {
			in := stream.From[request](g, "in")
			keyed := stream.KeyBy(in, func(r request) int { return r.Status })
			stream.Reduce(keyed.Window(stream.Tumble(0)), "zero", count).To("out")
			stream.Reduce(keyed.Window(stream.Tumble(time.Hour)).Lateness(-1), "", count).To("out")
			return nil
		}, []string{
			`^\+3: a window is 0s long`,
			`^\+3: a window needs event time, which source "in" does not have .*EventTime on it at \+1`,
			`^\+4: a lateness of -1ns`,
			`^\+4: Reduce has no name`,
			`^\+4: a window needs event time`,
		}},
		{"event time", func(g *stream.Graph) error {
			in := stream.From[request](g, "in").EventTime(at, -time.Second)
			in.EventTime(at, 0).EventTime(at, 0)
			in.Filter(func(request) bool { return true }).EventTime(at, 0).To("out")
			stream.From[request](g, "in2").EventTime(nil, 0).To("out")
			return nil
		}, []string{
			`^\+1: .*disorder of -1s`,
			`^\+2: source "in" has an event time already`,
			`^\+3: EventTime on stream "filter at \+3", which is no source`,
			`^\+4: EventTime of source "in2" has no function`,
		}},
		{"types", func(g *stream.Graph) error {
			in := stream.From[request](g, "in").EventTime(at, 0)
			byPointer := stream.KeyBy(in, func(r request) *int { return &r.Status })
			stream.Reduce(byPointer.Window(stream.Tumble(time.Hour)), "by-pointer", count).To("out")
			byStatus := stream.KeyBy(in, func(r request) int { return r.Status }).Window(stream.Tumble(time.Hour))
			stream.Reduce(byStatus, "channels", func(c chan int, _ request) chan int { return c }).To("out")
			return nil
		}, []string{
			`^\+2: \*int cannot be a key: it has no stable hash \(key by what it points to\)$`,
			`^\+5: the state of "channels" cannot be kept: chan int cannot be kept \([^()]*\)$`,
		}},
		{"no functions", func(g *stream.Graph) error {
			in := stream.Generate[request](g, "in", 1, nil).EventTime(at, 0)
			in.Filter(nil).FilterBatch(nil).To("out")
			stream.MapBatch[request, int](stream.Map[request, request](in, nil), nil).To("out")
			stream.Reduce[int, request, int64](stream.KeyBy[int](in, nil).Window(stream.Tumble(1)), "none", nil).To("out")
			return nil
		}, []string{
			`^\+1: generator "in" has no function`,
			`^\+2: .*no function`, `^\+2: .*no function`,
			`^\+3: .*no function`, `^\+3: .*no function`,
			`^\+4: KeyBy .*no function`, `^\+4: Reduce "none" has no function`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := stream.NewProgram(tt.build, stream.Options{})
			faults, ok := err.(fault.List)
			if !ok {
				t.Fatalf("no list of faults: %v", err)
			}
			for i, f := range faults {
				got := fromStart(tt.build, f.Error())
				if i >= len(tt.want) || !regexp.MustCompile(tt.want[i]).MatchString(got) {
					t.Errorf("fault %d: %s", i, got)
				}
			}
			if len(faults) != len(tt.want) {
				t.Errorf("%d faults, want %d:\n%s", len(faults), len(tt.want), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// fromStart makes the lines of this file in a text relative to that of a
// function: "+3" is three lines below its first.
func fromStart(f func(*stream.Graph) error, text string) string {
	pc := reflect.ValueOf(f).Pointer()
	_, first := runtime.FuncForPC(pc).FileLine(pc)
	return regexp.MustCompile(`stream/graph_test\.go:\d+`).ReplaceAllStringFunc(text, func(at string) string {
		_, line, _ := strings.Cut(at, ":")
		n, err := strconv.Atoi(line)
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf("+%d", n-first)
	})
}
