package engine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/state"
)

// probeInGroups is the number of keys from which a table is larger than the
// caches near the core, so that finding the rows of a batch together pays.
const probeInGroups = 1 << 15

// PaneState is the name of a window's only state.
const PaneState = "panes"

// Tumbling is how events fall into windows of one length. Times are in
// nanoseconds; windows start at multiples of Size since 1970.
type Tumbling struct {
	Size     int64
	Lateness int64 // how long a window that has fired takes late events
}

// Reduce attaches tumbling windows: add folds the events of a key and window
// into one value, and result fills in what is handed on when the window fires.
func Reduce[K comparable, T, A, R any](in *KeyedPort[K, T], node *Node, w Tumbling, add func(A, T) A, result func(to *R, key K, start, end int64, value *A)) *Port[R] {
	node.Window = w.Size
	out := &Port[R]{}
	in.Attach(func(b *Build) []KeyedOp[K, T] {
		nexts := out.build(b)
		return subtasks(b, func(t *Task) KeyedOp[K, T] {
			o := &windowOp[K, T, A, R]{
				place: t.place(node), size: w.Size, lateness: w.Lateness, add: add, result: result,
				lo: latest, hi: earliest, watermark: earliest, closed: earliest, fireAt: latest,
				out: newBatch[R](b.rows), next: nexts[t.id.Subtask], again: map[refire[K]]struct{}{},
			}
			t.open(func(ctx context.Context) error { return o.open(ctx, b.groups, b.parallelism) })
			return o
		})
	})
	return out
}

// windowOp keeps one table of accumulators for each window that is not closed.
type windowOp[K comparable, T, A, R any] struct {
	*place
	size, lateness int64
	add            func(A, T) A
	result         func(*R, K, int64, int64, *A)
	next           Op[R]

	state *state.Subtask
	panes *state.PaneTable[K, A]
	// copies is set where a value that was handed on could be changed by late
	// events: it then belongs to whoever has it, perhaps another goroutine.
	copies *state.Codec[A]

	// The pane of the last event: most batches stay in it.
	table  *state.Table[K, A]
	lo, hi int64

	watermark int64
	closed    int64                         // windows that end here or before take no more events
	fireAt    int64                         // end of the first window that has not fired
	groups    int                           // key groups
	behind    []checkpoint.OperatorSnapshot // restored parts that are to catch up
	rows      []uint32
	out       *Batch[R]
	again     map[refire[K]]struct{} // fired before and changed by this batch
	order     []refire[K]
}

// refire is an accumulator that fires once more.
type refire[K comparable] struct {
	start int64
	hash  uint64
	key   K
}

// tell sets the time.
func (o *windowOp[K, T, A, R]) tell(w int64) {
	o.watermark, o.closed = w, back(w, o.lateness)
}

// end is the end of a window, without leaving the range of time.
func (o *windowOp[K, T, A, R]) end(start int64) int64 {
	if start > math.MaxInt64-o.size {
		return latest
	}
	return start + o.size
}

// seek makes the pane of a time the current one, unless its window is closed.
func (o *windowOp[K, T, A, R]) seek(ts int64) bool {
	start := ts - ts%o.size
	if start > ts {
		start -= o.size // towards the past also before 1970
	}
	end := o.end(start)
	if end <= o.closed {
		return false
	}
	o.table, o.lo, o.hi = o.panes.Pane(start), start, end
	if end > o.watermark {
		o.fireAt = min(o.fireAt, end)
	}
	return true
}

func (o *windowOp[K, T, A, R]) Push(keys []K, b *Batch[T]) error {
	if err := o.catchUp(); err != nil {
		return err
	}
	o.enter(len(b.V))
	v, ts, hs := b.V, b.TS[:len(b.V)], b.H[:len(b.V)]
	keys = keys[:len(v)]
	for i := 0; i < len(v); {
		if ts[i] < o.lo || ts[i] >= o.hi {
			if !o.seek(ts[i]) {
				o.late.Add(1)
				i++
				continue
			}
		}
		lo, hi := o.lo, o.hi
		from := i
		for i < len(v) && ts[i] >= lo && ts[i] < hi {
			i++
		}
		o.fold(keys[from:i], hs[from:i], v[from:i])
	}
	if len(o.order) > 0 {
		return o.fireAgain()
	}
	return nil
}

// fold adds a run of events of the current pane.
func (o *windowOp[K, T, A, R]) fold(keys []K, hs []uint64, v []T) {
	t, add := o.table, o.add
	if t.Len() < probeInGroups {
		hs, keys = hs[:len(v)], keys[:len(v)]
		for i := range v {
			a := t.At(hs[i], keys[i])
			*a = add(*a, v[i])
		}
	} else {
		if len(o.rows) < len(v) {
			o.rows = make([]uint32, len(v))
		}
		at := o.rows[:len(v)]
		t.Locate(hs, keys, at)
		rows := t.Rows()
		for i := range v {
			a := &rows[at[i]].Value
			*a = add(*a, v[i])
		}
	}
	if o.hi > o.watermark {
		return
	}
	for i, k := range keys { // late, but not too late
		r := refire[K]{o.lo, hs[i], k}
		if _, known := o.again[r]; !known {
			o.again[r] = struct{}{}
			o.order = append(o.order, r)
		}
	}
}

// fireAgain fires what late events have changed, with the new totals.
func (o *windowOp[K, T, A, R]) fireAgain() error {
	for _, r := range o.order {
		if a, ok := o.panes.Pane(r.start).Get(r.hash, r.key); ok {
			if err := o.emit(r.key, r.start, a); err != nil {
				return err
			}
		}
	}
	clear(o.again)
	clear(o.order)
	o.order = o.order[:0]
	return o.flush()
}

func (o *windowOp[K, T, A, R]) emit(key K, start int64, a *A) error {
	if o.copies != nil {
		copied, err := o.copies.Copy(a)
		if err != nil {
			return fmt.Errorf("a value of %q cannot be copied: %w", o.node.Name, err)
		}
		a = &copied
	}
	end, n := o.end(start), len(o.out.V)
	o.out.V = o.out.V[:n+1]
	o.result(&o.out.V[n], key, start, end, a)
	o.out.TS = append(o.out.TS, end-1)
	if n+1 < cap(o.out.V) {
		return nil
	}
	return o.flush()
}

// flush pushes the results that were emitted.
func (o *windowOp[K, T, A, R]) flush() error {
	b := *o.out
	if len(b.V) == 0 {
		return nil
	}
	o.left(len(b.V))
	err := o.next.Push(&b)
	clear(o.out.V)
	o.out.V, o.out.TS = o.out.V[:0], o.out.TS[:0]
	return err
}

// Watermark fires the windows that it passes, in their order, and drops those
// that it closes.
func (o *windowOp[K, T, A, R]) Watermark(t int64) error {
	if err := o.catchUp(); err != nil {
		return err
	}
	if t <= o.watermark {
		return o.next.Watermark(t) // restored further on
	}
	was, wasClosed := o.watermark, o.closed
	o.tell(t)
	if t < o.fireAt && !o.crosses(wasClosed, o.closed) {
		return o.next.Watermark(t)
	}
	o.fireAt = latest
	for _, start := range slices.Clone(o.panes.Starts()) {
		end := o.end(start)
		if end > t {
			o.fireAt = end
			break
		}
		if end > was {
			rows := o.panes.Pane(start).Rows()
			for i := range rows {
				if err := o.emit(rows[i].Key, start, &rows[i].Value); err != nil {
					return err
				}
			}
		}
		if end <= o.closed {
			if start == o.lo {
				o.table, o.lo, o.hi = nil, latest, earliest
			}
			o.panes.Drop(start)
		}
	}
	if err := o.flush(); err != nil {
		return err
	}
	o.count()
	return o.next.Watermark(t)
}

// Crosses reports whether a window fires or closes between two times.
func (o *windowOp[K, T, A, R]) Crosses(from, to int64) bool {
	return o.crosses(from, to) || o.lateness > 0 && o.crosses(back(from, o.lateness), back(to, o.lateness))
}

func (o *windowOp[K, T, A, R]) crosses(from, to int64) bool {
	return from == earliest && to != earliest || floorDiv(from, o.size) != floorDiv(to, o.size)
}

// floorDiv divides towards the past.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// count makes the size of the state known.
func (o *windowOp[K, T, A, R]) count() {
	o.place.keys.Store(int64(o.panes.Len()))
	o.place.panes.Store(int64(len(o.panes.Starts())))
}

func (o *windowOp[K, T, A, R]) Flush() error {
	o.count()
	return o.next.Flush()
}

func (o *windowOp[K, T, A, R]) Barrier(c *Cut) error {
	if err := o.catchUp(); err != nil {
		return err
	}
	o.count()
	if err := c.keyed(o.node.Name, o.watermark, o.size, o.state); err != nil {
		return err
	}
	return o.next.Barrier(c)
}

func (o *windowOp[K, T, A, R]) End() error { return o.next.End() }
