package engine

// DefaultRows is how many rows a batch holds at most.
const DefaultRows = 256

// Batch is some events in columns of equal length.
type Batch[T any] struct {
	TS []int64  // event times in nanoseconds since 1970
	V  []T      // values
	H  []uint64 // hashes of the keys, behind a KeyBy
}

func newBatch[T any](rows int) *Batch[T] {
	return &Batch[T]{TS: make([]int64, 0, rows), V: make([]T, 0, rows), H: make([]uint64, 0, rows)}
}

// Control is what reaches every operator beside the rows, in band.
type Control interface {
	// Watermark says that no event before t is expected any more. It only grows.
	Watermark(t int64) error
	// Flush is called when the input ran dry: what is buffered goes on now.
	Flush() error
	// Barrier adds what the operator holds to the cut and goes on. Every event
	// before the barrier has been pushed, none after it.
	Barrier(c *Cut) error
	// End says that there will be no rows any more. Barriers still come.
	End() error
}

// Op consumes batches. It is owned by one subtask and used by its goroutine.
type Op[T any] interface {
	// Push hands over a batch, never empty, until it returns. The callee may
	// change it in place.
	Push(b *Batch[T]) error
	Control
}

// Port is the output of an operator while the graph is built: whoever consumes
// it attaches the function that builds its part of the chain.
type Port[T any] struct {
	consumers []func(*Build) []Op[T]
}

// Attach adds a consumer. The function returns one operator for each subtask.
func (p *Port[T]) Attach(build func(*Build) []Op[T]) { p.consumers = append(p.consumers, build) }

// build makes everything downstream of the port, one operator for each subtask.
func (p *Port[T]) build(b *Build) []Op[T] {
	if len(p.consumers) == 1 {
		return p.consumers[0](b)
	}
	tees := make([]*tee[T], b.parallelism)
	for i := range tees {
		tees[i] = &tee[T]{copied: newBatch[T](b.rows)}
	}
	for _, consumer := range p.consumers {
		for i, op := range consumer(b) {
			tees[i].to = append(tees[i].to, op)
		}
	}
	ops := make([]Op[T], len(tees))
	for i, t := range tees {
		ops[i] = t
	}
	return ops
}

// tee hands batches to several consumers, or to none. A consumer may change a
// batch in place, so all but the last get a copy.
type tee[T any] struct {
	to     []Op[T]
	copied *Batch[T]
}

func (t *tee[T]) Push(b *Batch[T]) error {
	for i, op := range t.to {
		given := b
		if i < len(t.to)-1 {
			given = t.copied
			given.TS = append(given.TS[:0], b.TS...)
			given.V = append(given.V[:0], b.V...)
		}
		if err := op.Push(given); err != nil {
			return err
		}
	}
	clear(t.copied.V) // do not keep what the events point to
	return nil
}

func (t *tee[T]) Watermark(w int64) error {
	return each(t.to, func(op Op[T]) error { return op.Watermark(w) })
}
func (t *tee[T]) Flush() error { return each(t.to, Op[T].Flush) }
func (t *tee[T]) Barrier(c *Cut) error {
	return each(t.to, func(op Op[T]) error { return op.Barrier(c) })
}
func (t *tee[T]) End() error { return each(t.to, Op[T].End) }

// each calls f for every one until an error.
func each[O any](all []O, f func(O) error) error {
	for _, one := range all {
		if err := f(one); err != nil {
			return err
		}
	}
	return nil
}
