package engine

import (
	"context"

	"github.com/spaas/spaas/runtime/state"
)

const (
	// edgeCredit is how many batches an edge has. A producer without one waits
	// until the consumer hands one back: that is the backpressure.
	edgeCredit = 4
	// flushAfter is how many batches a producer takes in before it sends what
	// it has for every consumer, so that a rare key is not kept waiting while
	// the input never runs dry.
	flushAfter = 64
)

// packet is a batch on its way from one subtask to another.
type packet[K comparable, T any] struct {
	Batch[T]
	K []K
	n int
	// What the producer was reading when the first and the last row came: where
	// to look when one of them makes user code panic.
	first, last position
}

func newPacket[K comparable, T any](rows int) *packet[K, T] {
	p := &packet[K, T]{K: make([]K, rows)}
	p.TS, p.V, p.H = make([]int64, rows), make([]T, rows), make([]uint64, rows)
	return p
}

// recycled empties the packet. It must not keep alive what the events point to.
func (p *packet[K, T]) recycled() *packet[K, T] {
	clear(p.V)
	clear(p.K)
	full := cap(p.TS)
	p.TS, p.V, p.H, p.K, p.n = p.TS[:full], p.V[:full], p.H[:full], p.K[:full], 0
	return p
}

// message is one element of a queue.
type message[K comparable, T any] struct {
	kind      messageKind
	idle      bool // the producer waits for nothing at present
	from      uint16
	watermark int64         // after the rows
	barrier   uint64        // of a barrier
	rows      *packet[K, T] // of rows
}

type messageKind uint8

const (
	ofRows messageKind = iota
	ofTime
	ofBarrier
	ofEnd
)

// edge is the queue from one producer to one consumer, as the producer sees it.
// Its rows are bounded by the packets in free; the channel itself is shared by
// all edges of the consumer, so that it can wait for all of them at once.
type edge[K comparable, T any] struct {
	in   chan<- message[K, T]
	free <-chan *packet[K, T]
	open *packet[K, T] // being filled, nil until there is a row

	sentWatermark int64
	sentIdle      bool
}

// exchange makes producers for the chain at hand and, behind them, the chain of
// the consumers.
func exchange[K comparable, T any](b *Build, node *Node, out *KeyedPort[K, T], key func(T) K, hash func([]K, []uint64)) []Op[T] {
	producers := b.chain
	consumers, end := b.begin(node.Name)
	nexts := out.build(b)
	end()

	boxes := make([]*inbox[K, T], len(consumers))
	for c, t := range consumers {
		boxes[c] = newInbox(t, len(producers), b.rows, nexts[c])
		t.loop = boxes[c].loop
	}
	owner := owners(b.groups, len(consumers))
	return subtasks(b, func(t *Task) Op[T] {
		s := &scatter[K, T]{
			keyer: newKeyer(b, t.place(node), key, hash), groups: b.groups, owner: owner, done: b.run.ctx.Done(),
			crosses: nexts[0].Crosses, watermark: earliest, broadcast: earliest,
		}
		for _, box := range boxes {
			s.edges = append(s.edges, edge[K, T]{in: box.in, free: box.edges[t.id.Subtask].free, sentWatermark: earliest})
		}
		return s
	})
}

// scatter is the producer's side: it deals rows to the subtasks that own them.
type scatter[K comparable, T any] struct {
	keyer[K, T]
	groups  int
	owner   []uint16 // by key group
	edges   []edge[K, T]
	done    <-chan struct{} // closed when the run ends
	crosses func(from, to int64) bool

	watermark int64 // newest
	broadcast int64 // newest that all consumers know
	batches   int   // since all consumers were sent what there was
}

func (s *scatter[K, T]) Push(b *Batch[T]) error {
	ks, hs := s.keys(b.V)
	v, ts := b.V, b.TS[:len(b.V)]
	for i, h := range hs {
		e := &s.edges[s.owner[state.KeyGroup(h, s.groups)]]
		p := e.open
		if p == nil {
			var err error
			if p, err = s.take(e); err != nil {
				return err
			}
		}
		n := p.n
		p.TS[n], p.V[n], p.H[n], p.K[n] = ts[i], v[i], h, ks[i]
		if p.n = n + 1; p.n == len(p.V) {
			if err := s.send(e); err != nil {
				return err
			}
		}
	}
	if s.batches++; s.batches >= flushAfter {
		return s.sendAll()
	}
	return nil
}

// take waits for a free packet: for credit.
func (s *scatter[K, T]) take(e *edge[K, T]) (*packet[K, T], error) {
	select {
	case e.open = <-e.free:
	default:
		select {
		case e.open = <-e.free:
		case <-s.done:
			return nil, context.Canceled
		}
	}
	e.open.first = s.task.position
	return e.open, nil
}

// send sends the rows of an edge and the time after them.
func (s *scatter[K, T]) send(e *edge[K, T]) error {
	p := e.open
	e.open, p.last = nil, s.task.position
	p.TS, p.V, p.H, p.K = p.TS[:p.n], p.V[:p.n], p.H[:p.n], p.K[:p.n]
	return s.put(e, message[K, T]{kind: ofRows, rows: p})
}

// put sends a message, with the time that holds after it.
func (s *scatter[K, T]) put(e *edge[K, T], m message[K, T]) error {
	m.from, m.watermark, m.idle = uint16(s.task.id.Subtask), s.watermark, s.task.idle
	e.sentWatermark, e.sentIdle = m.watermark, m.idle
	select {
	case e.in <- m:
		return nil
	case <-s.done:
		return context.Canceled
	}
}

// sendAll sends every consumer what there is for it: rows, or else news of time.
func (s *scatter[K, T]) sendAll() error {
	s.batches, s.broadcast = 0, s.watermark
	for i := range s.edges {
		e := &s.edges[i]
		var err error
		switch {
		case e.open != nil && e.open.n > 0:
			err = s.send(e)
		case e.sentWatermark != s.watermark || e.sentIdle != s.task.idle:
			err = s.put(e, message[K, T]{kind: ofTime})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scatter[K, T]) Watermark(t int64) error {
	s.watermark = t
	if s.crosses(s.broadcast, t) {
		return s.sendAll()
	}
	return nil
}

func (s *scatter[K, T]) Flush() error { return s.sendAll() }

func (s *scatter[K, T]) Barrier(c *Cut) error {
	return s.sendEach(message[K, T]{kind: ofBarrier, barrier: c.Checkpoint})
}

func (s *scatter[K, T]) End() error { return s.sendEach(message[K, T]{kind: ofEnd}) }

func (s *scatter[K, T]) sendEach(m message[K, T]) error {
	if err := s.sendAll(); err != nil {
		return err
	}
	for i := range s.edges {
		if err := s.put(&s.edges[i], m); err != nil {
			return err
		}
	}
	return nil
}
