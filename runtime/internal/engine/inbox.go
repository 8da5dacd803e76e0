package engine

import "context"

// inbox is the consumer's side of an exchange and the head of a task: it takes
// messages, keeps those of inputs that wait for a barrier, and merges time.
type inbox[K comparable, T any] struct {
	*Task
	in    chan message[K, T]
	edges []inEdge[K, T]
	next  KeyedOp[K, T]

	watermark int64
	dirty     bool // something was pushed since the last flush
	// aligning is the barrier that is being waited for, 0: none. Inputs that
	// have brought it are held: their messages are kept, with the packets, so
	// that a held producer soon runs out of credit.
	aligning uint64
	over     uint64 // newest barrier that is done with
}

type inEdge[K comparable, T any] struct {
	clock
	free chan *packet[K, T]
	held bool
	kept []message[K, T]
}

func newInbox[K comparable, T any](t *Task, producers, rows int, next KeyedOp[K, T]) *inbox[K, T] {
	// Room for every packet and some control, so that sending seldom waits.
	b := &inbox[K, T]{Task: t, in: make(chan message[K, T], producers*(edgeCredit+2)), next: next, watermark: earliest}
	b.edges = make([]inEdge[K, T], producers)
	for i := range b.edges {
		e := &b.edges[i]
		e.watermark = earliest
		e.free = make(chan *packet[K, T], edgeCredit)
		for range edgeCredit {
			e.free <- newPacket[K, T](rows)
		}
	}
	return b
}

func (b *inbox[K, T]) loop(ctx context.Context) error {
	for {
		var m message[K, T]
		select {
		case m = <-b.in:
		default:
			if b.dirty {
				b.dirty = false
				if err := b.next.Flush(); err != nil {
					return err
				}
			}
			select {
			case m = <-b.in:
			case <-b.wake:
				if err := b.giveUp(b.cancelled.Load()); err != nil {
					return err
				}
				continue
			case <-ctx.Done():
				return nil
			}
		}
		if err := b.take(m); err != nil {
			return err
		}
	}
}

// take handles a message now, or keeps it if its input is held.
func (b *inbox[K, T]) take(m message[K, T]) error {
	if b.aligning != 0 && b.aligning <= b.cancelled.Load() {
		// Also while messages keep coming: the inputs that go on might never
		// leave a gap, and those that are held would wait for ever.
		if err := b.giveUp(b.aligning); err != nil {
			return err
		}
	}
	if e := &b.edges[m.from]; e.held {
		e.kept = append(e.kept, m)
		return nil
	}
	if err := b.handle(m); err != nil {
		return err
	}
	return b.catchUp()
}

func (b *inbox[K, T]) handle(m message[K, T]) error {
	e := &b.edges[m.from]
	b.dirty = true
	switch m.kind {
	case ofRows:
		b.position = m.rows.last.since(m.rows.first)
		if err := b.next.Push(m.rows.K, &m.rows.Batch); err != nil {
			return err
		}
		e.free <- m.rows.recycled() // never waits: there is room for all packets
	case ofBarrier:
		return b.barrier(e, m.barrier)
	case ofEnd:
		e.ended = true
	}
	e.watermark, e.idle = m.watermark, m.idle
	if err := b.tick(); err != nil {
		return err
	}
	if m.kind != ofEnd {
		return nil
	}
	return b.inputEnded()
}

// tick merges the clocks of the inputs.
func (b *inbox[K, T]) tick() error {
	all := newMerged()
	for i := range b.edges {
		all.add(&b.edges[i].clock)
	}
	w, idle := all.result()
	b.idle = idle
	if w <= b.watermark {
		return nil
	}
	b.watermark = w
	return b.next.Watermark(w)
}

// inputEnded ends the task with its last input. An input that has ended counts
// as aligned, so a barrier may have been waiting for nothing else.
func (b *inbox[K, T]) inputEnded() error {
	for i := range b.edges {
		if !b.edges[i].ended {
			return b.aligned()
		}
	}
	b.dirty = false
	if err := b.next.End(); err != nil {
		return err
	}
	b.finished()
	return b.aligned()
}

// barrier handles barrier n from an input. A newer barrier cancels an older
// one: whoever still waits for that would wait for ever.
func (b *inbox[K, T]) barrier(e *inEdge[K, T], n uint64) error {
	if n <= b.over || n <= b.cancelled.Load() || n < b.aligning {
		return nil
	}
	if n > b.aligning {
		b.release(b.aligning)
		b.aligning = n
	}
	e.held = true
	return b.aligned()
}

// aligned takes the cut if every input has brought the barrier or has ended.
func (b *inbox[K, T]) aligned() error {
	if b.aligning == 0 {
		return nil
	}
	for i := range b.edges {
		if e := &b.edges[i]; !e.held && !e.ended {
			return nil
		}
	}
	cut := newCut(b.Task, b.aligning)
	if err := b.next.Barrier(cut); err != nil {
		return err
	}
	b.run.finish(cut)
	b.release(b.aligning)
	return nil
}

// giveUp stops waiting for barriers up to n.
func (b *inbox[K, T]) giveUp(n uint64) error {
	if b.aligning == 0 || b.aligning > n {
		return nil
	}
	b.release(b.aligning)
	return b.catchUp()
}

// release lets the held inputs go on. What was kept of them is handled by
// catchUp, not here: release is called in the middle of a message, and what
// follows that message in its own input must not overtake it.
func (b *inbox[K, T]) release(n uint64) {
	b.over, b.aligning = max(b.over, n), 0
	for i := range b.edges {
		b.edges[i].held = false
	}
}

// catchUp handles what was kept of inputs that are not held any more. Handling
// it may hold and release inputs again, so it starts over until nothing is left.
func (b *inbox[K, T]) catchUp() error {
	for i := 0; i < len(b.edges); i++ {
		e := &b.edges[i]
		if e.held || len(e.kept) == 0 {
			continue
		}
		m := e.kept[0]
		e.kept = e.kept[1:]
		if err := b.handle(m); err != nil {
			return err
		}
		i = -1
	}
	return nil
}
