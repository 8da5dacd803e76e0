package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/format"
)

// Origin is the output of a source while the graph is built.
type Origin[T any] struct {
	Port[T]
	node     *Node
	time     func(T) time.Time // nil: the source has no event time
	disorder time.Duration
}

// EventTime makes events carry the time that at returns. They may be out of
// order by disorder: the watermark stays that far behind the newest event.
func (o *Origin[T]) EventTime(at func(T) time.Time, disorder time.Duration) {
	o.time, o.disorder = at, disorder
}

// From adds a source that is read through the connector which the options name
// for it.
func From[T any](g *Graph, node *Node) *Origin[T] {
	o := &Origin[T]{node: node}
	g.roots = append(g.roots, func(b *Build) {
		configured := b.run.o.Sources[node.Name]
		s := &sourceRun{
			run: b.run, name: node.Name, config: configured,
			discover: configured.Source.Discover, bounded: configured.Source.Bounded(),
		}
		rejects := rejectsOf(b, s)
		o.build(b, s, func(t *Task) (feed[T], *writer) { return o.records(b, s, t, rejects) })
	})
	return o
}

// Generate adds a source that calls make with 0 to n-1, with n below 0 without
// end. Make is called again with the same numbers after a restore and may be
// called from several goroutines.
func Generate[T any](g *Graph, node *Node, n int64, make func(i int64) T) *Origin[T] {
	o := &Origin[T]{node: node}
	g.roots = append(g.roots, func(b *Build) {
		numbers := generator{node.Name, n}
		s := &sourceRun{
			run: b.run, name: node.Name, config: Source{Connector: string(KindGenerate)}, bounded: true,
			discover: func(context.Context, connect.Discovery) ([]connect.Split, error) { return numbers.splits(), nil },
		}
		o.build(b, s, func(t *Task) (feed[T], *writer) {
			return &generateFeed[T]{generator: numbers, make: make, time: o.time, source: s, task: t}, nil
		})
	})
	return o
}

// build makes the tasks of the source and all that is behind them.
func (o *Origin[T]) build(b *Build, s *sourceRun, feedOf func(*Task) (feed[T], *writer)) {
	tasks, end := b.begin(o.node.Name)
	defer end()
	s.timed = o.time != nil
	b.run.sources = append(b.run.sources, s)
	nexts := o.Port.build(b)
	for i, t := range tasks {
		share := &share{task: t}
		s.shares = append(s.shares, share)
		feed, rejects := feedOf(t)
		st := &sourceTask[T]{
			Task: t, place: t.place(o.node), source: s, share: share, feed: feed, rejects: rejects,
			disorder: int64(o.disorder), next: nexts[i],
			batch: newBatch[T](b.rows), watermark: earliest,
		}
		t.loop = st.loop
	}
}

// records makes the feed that decodes what a connector reads, and the writer of
// what cannot be decoded.
func (o *Origin[T]) records(b *Build, s *sourceRun, t *Task, rejects func(*Task) *writer) (feed[T], *writer) {
	f := &recordFeed[T]{source: s, task: t, time: o.time, typed: s.config.Typed, splits: map[string]*splitState{}}
	if f.typed == nil {
		name := s.config.Format
		if name == "" {
			name = DefaultFormat[T]()
		}
		decoder, err := format.NewDecoder[T](name)
		if err != nil {
			if t.id.Subtask == 0 { // all say the same
				b.fault(&fault.Error{
					What: fmt.Sprintf("source %q cannot read %s from %s", s.name, o.node.Type, name), Where: o.node.Site, Err: err,
					Do: "choose another format for the source, or another type for the stream", Incurable: true,
				})
			}
			return f, nil
		}
		f.decoder = decoder
	}
	f.rejects = rejects(t)
	t.open(func(ctx context.Context) error {
		reader, err := s.config.Source.Open(ctx, t.id.Subtask)
		if err != nil {
			return fmt.Errorf("source %q cannot be opened: %w", s.name, err)
		}
		f.pump = startPump(s.name, reader)
		t.closers = append(t.closers, f.pump.close)
		return nil
	})
	return f, f.rejects
}

// rejectsOf makes the writers that a source with on_error {to: sink} has.
func rejectsOf(b *Build, s *sourceRun) func(*Task) *writer {
	sink := s.config.OnError.To
	if s.config.OnError.Do != "to" {
		return func(*Task) *writer { return nil }
	}
	if b.run.o.Sinks[sink].Sink == nil {
		b.fault(&fault.Error{
			What: fmt.Sprintf("on_error of source %q names sink %q, which there is not", s.name, sink),
			Do:   "add the sink to the config, or set on_error to fail or skip", Incurable: true,
		})
		return func(*Task) *writer { return nil }
	}
	number := b.writersOf(sink)
	node := &Node{Kind: KindSink, Name: sink}
	return func(t *Task) *writer {
		w := newWriter(b, t, sink, number+t.id.Subtask, nil)
		w.place = t.place(node)
		return w
	}
}
