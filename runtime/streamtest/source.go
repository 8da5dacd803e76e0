package streamtest

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/format"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
)

// split is the only split of every source under test: events come in the order
// in which they are fed.
const split = "0"

// input is a source of a job under test. What it is fed are values, which reach
// the job as they are; its records hold their numbers.
type input struct {
	source *enginetest.Source
	values []reflect.Value
}

func newInput() *input {
	in := &input{source: enginetest.NewSource(false)}
	in.source.Add(split) // there from the start: the job knows no other
	return in
}

// feed appends a slice of events, all at once: values are only added while the
// job waits for records, so that decode needs no lock.
func (in *input) feed(events reflect.Value) {
	records := make([]connect.Record, events.Len())
	for i := range records {
		records[i].Value = binary.AppendUvarint(nil, uint64(len(in.values)))
		in.values = append(in.values, events.Index(i))
	}
	in.source.Add(split, records...)
}

// decode hands a value to the engine.
func (in *input) decode(r connect.Record, into any) (bool, error) {
	number, _ := binary.Uvarint(r.Value)
	reflect.ValueOf(into).Elem().Set(in.values[number])
	return true, nil
}

// Input feeds a source of a job under test.
type Input[T any] struct {
	j    *Job
	name string
	in   *input
}

// Source is what the job reads under a name. T is the type it reads there.
func Source[T any](j *Job, name string) Input[T] {
	j.t.Helper()
	in := named(j, "source", name, j.sources)
	j.checkType("source", name, engine.KindSource, reflect.TypeFor[T]())
	return Input[T]{j, name, in}
}

// Feed lets events come, in this order, and returns when the job has dealt with
// them.
func (i Input[T]) Feed(events ...T) {
	i.j.t.Helper()
	i.in.feed(reflect.ValueOf(slices.Clone(events)))
	i.j.settle()
}

// FeedText lets events come as records of a format: "json", "csv", "lines".
func (i Input[T]) FeedText(as string, records ...string) {
	i.j.t.Helper()
	decoder, err := format.NewDecoder[T](as)
	if err != nil {
		i.j.t.Fatalf("source %q: %v", i.name, err)
	}
	events := make([]T, len(records))
	for n, r := range records {
		if err := decoder.Decode([]byte(r), &events[n]); err != nil {
			i.j.t.Fatalf("source %q: %q: %v", i.name, r, err)
		}
	}
	i.Feed(events...)
}

// checkType fails the test unless a source or sink of the job has this type.
func (j *Job) checkType(what, name string, kind engine.Kind, t reflect.Type) {
	j.t.Helper()
	for _, n := range j.graph.Nodes {
		if n.Kind == kind && n.Name == name && n.Type != fmt.Sprint(t) {
			j.t.Fatalf("%s %q is of %s, not %s (%s)", what, name, n.Type, t, n.Site)
		}
	}
}
