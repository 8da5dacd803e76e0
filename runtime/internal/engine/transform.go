package engine

// Map attaches an operator that turns each value into another.
func Map[A, B any](in *Port[A], node *Node, f func(A) B) *Port[B] {
	return MapBatch(in, node, func(from []A, to []B) {
		to = to[:len(from)]
		for i := range from {
			to[i] = f(from[i])
		}
	})
}

// MapBatch attaches an operator that turns each batch of values into as many
// others: f fills to, which has the length of from.
func MapBatch[A, B any](in *Port[A], node *Node, f func(from []A, to []B)) *Port[B] {
	out := &Port[B]{}
	in.Attach(func(b *Build) []Op[A] {
		nexts := out.build(b)
		return subtasks(b, func(t *Task) Op[A] {
			return &mapOp[A, B]{place: t.place(node), f: f, out: Batch[B]{V: make([]B, b.rows)}, next: nexts[t.id.Subtask]}
		})
	})
	return out
}

type mapOp[A, B any] struct {
	*place
	f    func([]A, []B)
	out  Batch[B]
	next Op[B]
}

func (m *mapOp[A, B]) Push(in *Batch[A]) error {
	m.enter(len(in.V))
	if cap(m.out.V) < len(in.V) {
		m.out.V = make([]B, len(in.V))
	}
	m.out.V, m.out.TS = m.out.V[:len(in.V)], in.TS
	m.f(in.V, m.out.V)
	m.left(len(m.out.V))
	err := m.next.Push(&m.out)
	return err
}

func (m *mapOp[A, B]) Watermark(t int64) error { return m.next.Watermark(t) }
func (m *mapOp[A, B]) Flush() error {
	clear(m.out.V[:cap(m.out.V)]) // a quiet stream keeps nothing alive
	return m.next.Flush()
}
func (m *mapOp[A, B]) Barrier(c *Cut) error { return m.next.Barrier(c) }
func (m *mapOp[A, B]) End() error           { return m.next.End() }

// Filter attaches an operator that keeps the values that keep says yes to.
func Filter[T any](in *Port[T], node *Node, keep func(T) bool) *Port[T] {
	return FilterBatch(in, node, func(v []T, index []int32) int {
		n := 0
		index = index[:len(v)]
		for i := range v {
			index[n] = int32(i) // to be written over by the next, if not kept
			if keep(v[i]) {
				n++
			}
		}
		return n
	})
}

// FilterBatch attaches an operator that keeps some values of each batch: keep
// writes the positions of those to keep, ascending, into index, which has the
// length of v, and returns how many they are.
func FilterBatch[T any](in *Port[T], node *Node, keep func(v []T, index []int32) int) *Port[T] {
	out := &Port[T]{}
	in.Attach(func(b *Build) []Op[T] {
		nexts := out.build(b)
		return subtasks(b, func(t *Task) Op[T] {
			return &filterOp[T]{place: t.place(node), keep: keep, index: make([]int32, b.rows), next: nexts[t.id.Subtask]}
		})
	})
	return out
}

type filterOp[T any] struct {
	*place
	keep  func([]T, []int32) int
	index []int32
	next  Op[T]
}

func (f *filterOp[T]) Push(b *Batch[T]) error {
	f.enter(len(b.V))
	if cap(f.index) < len(b.V) {
		f.index = make([]int32, len(b.V))
	}
	n := f.keep(b.V, f.index[:len(b.V)])
	if n < len(b.V) {
		for to, from := range f.index[:n] {
			b.V[to], b.TS[to] = b.V[from], b.TS[from]
		}
		clear(b.V[n:])
		b.V, b.TS = b.V[:n], b.TS[:n]
	}
	f.left(n)
	if n == 0 {
		return nil
	}
	return f.next.Push(b)
}

func (f *filterOp[T]) Watermark(t int64) error { return f.next.Watermark(t) }
func (f *filterOp[T]) Flush() error            { return f.next.Flush() }
func (f *filterOp[T]) Barrier(c *Cut) error    { return f.next.Barrier(c) }
func (f *filterOp[T]) End() error              { return f.next.End() }
