package stream

import (
	"reflect"
	"time"

	"github.com/spaas/spaas/runtime/internal/engine"
)

// Stream is events of one type on their way through the job. Everything that
// consumes a stream gets all of its events.
type Stream[T any] struct {
	g      *Graph
	node   *engine.Node
	port   *engine.Port[T]
	origin *engine.Origin[T] // nil unless the stream is a source's
}

// From is the stream of a source. The config says what the name stands for, and
// in which format its records are. T is decoded from them: fields are matched by
// their json tags, and only what T declares is decoded.
func From[T any](g *Graph, name string) Stream[T] {
	if name == "" {
		g.fault("give it the name that it has under sources in spaas.yaml", "a source has no name")
	}
	node := g.add(engine.KindSource, name, typeOf[T]())
	o := engine.From[T](g.engine, node)
	return Stream[T]{g, node, &o.Port, o}
}

// Generate is a stream of make(0) to make(n-1); with n below 0 it has no end.
// Make must return the same for the same number, because it is called again
// after a restart, and is called from several goroutines.
func Generate[T any](g *Graph, name string, n int64, make func(i int64) T) Stream[T] {
	if name == "" {
		g.fault("give it a name: where it is stands under that in checkpoints", "a generator has no name")
	}
	if make == nil {
		g.fault("", "generator %q has no function", name)
	}
	node := g.add(engine.KindGenerate, name, typeOf[T]())
	o := engine.Generate(g.engine, node, n, make)
	return Stream[T]{g, node, &o.Port, o}
}

// EventTime says when events happened and by how much they may be out of order.
// The watermark, and with it every window, waits that long for events that
// others have overtaken.
//
// Time belongs to a source, where every partition has a watermark of its own:
// EventTime is called on what [From] or [Generate] returned.
func (s Stream[T]) EventTime(at func(T) time.Time, disorder time.Duration) Stream[T] {
	switch {
	case s.origin == nil:
		s.g.fault("call it on what From or Generate returned", "EventTime on stream %q, which is no source", s.label())
	case at == nil:
		s.g.fault("", "EventTime of source %q has no function", s.node.Name)
	case disorder < 0:
		s.g.fault("0 means that every partition is in order", "EventTime of source %q has a disorder of %v", s.node.Name, disorder)
	case s.g.timed[s.node]:
		s.g.fault("call it once", "source %q has an event time already", s.node.Name)
	default:
		s.g.timed[s.node] = true
		s.origin.EventTime(at, disorder)
	}
	return s
}

// Named names the operator that made this stream, for metrics, errors and
// descriptions. Sources, Generate and Reduce are given their names when they are made.
func (s Stream[T]) Named(name string) Stream[T] {
	switch {
	case name == "":
		s.g.fault("", "the name of a %s is empty", s.node.Kind)
	case !s.g.unnamed[s.node]:
		s.g.fault("", "the %s has the name %q already", s.node.Kind, s.node.Name)
	default:
		delete(s.g.unnamed, s.node)
		s.node.Name = name
	}
	return s
}

// To sends the stream to a sink. The config says what the name stands for. A
// stream can go to several sinks, and several streams to one.
func (s Stream[T]) To(name string) {
	if name == "" {
		s.g.fault("give it the name that it has under sinks in spaas.yaml", "a sink has no name")
	}
	engine.To(s.port, s.g.add(engine.KindSink, name, typeOf[T](), s.node))
}

// Filter keeps the events that keep says yes to.
func (s Stream[T]) Filter(keep func(T) bool) Stream[T] {
	if keep == nil {
		s.g.fault("", "a filter of stream %q has no function", s.label())
	}
	node := s.g.add(engine.KindFilter, "", typeOf[T](), s.node)
	return Stream[T]{s.g, node, engine.Filter(s.port, node, keep), nil}
}

// FilterBatch is Filter a few hundred events at a time, for the rare loop in
// which the call for each event is what costs. Keep writes the positions of the
// events to keep, ascending, to the front of index, which is as long as the
// batch, and returns how many they are. It must not hold on to either slice.
func (s Stream[T]) FilterBatch(keep func(batch []T, index []int32) int) Stream[T] {
	if keep == nil {
		s.g.fault("", "a filter of stream %q has no function", s.label())
	}
	node := s.g.add(engine.KindFilter, "", typeOf[T](), s.node)
	return Stream[T]{s.g, node, engine.FilterBatch(s.port, node, keep), nil}
}

// Map turns each event into another.
func Map[A, B any](s Stream[A], f func(A) B) Stream[B] {
	if f == nil {
		s.g.fault("", "a map of stream %q has no function", s.label())
	}
	node := s.g.add(engine.KindMap, "", typeOf[B](), s.node)
	return Stream[B]{s.g, node, engine.Map(s.port, node, f), nil}
}

// MapBatch is Map a few hundred events at a time; see [Stream.FilterBatch]. F
// fills to, which is as long as from, and must not hold on to either slice.
func MapBatch[A, B any](s Stream[A], f func(from []A, to []B)) Stream[B] {
	if f == nil {
		s.g.fault("", "a map of stream %q has no function", s.label())
	}
	node := s.g.add(engine.KindMap, "", typeOf[B](), s.node)
	return Stream[B]{s.g, node, engine.MapBatch(s.port, node, f), nil}
}

// label names the stream in an error.
func (s Stream[T]) label() string { return labelOf(s.node) }

// labelOf is the name of an operator, or of its kind and line when the author
// gave it none.
func labelOf(n *engine.Node) string {
	if n.Name != "" {
		return n.Name
	}
	return string(n.Kind) + " at " + n.Site
}

func typeOf[T any]() string { return reflect.TypeFor[T]().String() }
