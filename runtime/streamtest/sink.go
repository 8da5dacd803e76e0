package streamtest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spaas/spaas/runtime/format"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
)

// output is a sink of a job under test.
type output struct {
	sink *enginetest.Sink
	seen int // how many of its results a test has looked at
}

// Output reads a sink of a job under test.
type Output[T any] struct {
	j    *Job
	name string
	out  *output
}

// Sink is what the job writes under a name. T is the type it writes there.
func Sink[T any](j *Job, name string) Output[T] {
	j.t.Helper()
	out := named(j, "sink", name, j.sinks)
	j.checkType("sink", name, engine.KindSink, reflect.TypeFor[T]())
	return Output[T]{j, name, out}
}

// Expect takes a checkpoint and fails the test unless the sink was written
// exactly these results since the last Expect, in any order. Results are
// compared as the JSON that they are written as.
func (o Output[T]) Expect(want ...T) {
	o.j.t.Helper()
	o.expect(want, true)
}

// ExpectInOrder is Expect for results of one subtask, whose order counts.
func (o Output[T]) ExpectInOrder(want ...T) {
	o.j.t.Helper()
	o.expect(want, false)
}

func (o Output[T]) expect(want []T, anyOrder bool) {
	o.j.t.Helper()
	o.j.Checkpoint()
	all := o.out.sink.Values()
	got := all[o.out.seen:]
	o.out.seen = len(all)

	encoder, err := format.NewEncoder[T]("json")
	if err != nil {
		o.j.t.Fatalf("sink %q: %v", o.name, err)
	}
	lines := make([]string, len(want))
	for i := range want {
		line, err := encoder.Append(nil, &want[i])
		if err != nil {
			o.j.t.Fatalf("sink %q: %v", o.name, err)
		}
		lines[i] = string(line)
	}
	if anyOrder {
		slices.Sort(got)
		slices.Sort(lines)
	}
	if !slices.Equal(got, lines) {
		o.j.t.Errorf("sink %q was not written what is expected:\n%s", o.name, difference(got, lines))
	}
}

// difference shows what was written (+), what was expected (-) and what both have.
func difference(got, want []string) string {
	var b strings.Builder
	for len(got) > 0 || len(want) > 0 {
		switch {
		case len(got) > 0 && len(want) > 0 && got[0] == want[0]:
			fmt.Fprintf(&b, "    %s\n", got[0])
			got, want = got[1:], want[1:]
		case len(want) == 0 || len(got) > 0 && !slices.Contains(want, got[0]):
			fmt.Fprintf(&b, "  + %s\n", got[0])
			got = got[1:]
		default:
			fmt.Fprintf(&b, "  - %s\n", want[0])
			want = want[1:]
		}
	}
	return b.String()
}
