package engine

import "github.com/spaas/spaas/runtime/state"

// KeyedOp consumes batches with their keys and the keys' hashes. It does not
// change a batch.
type KeyedOp[K comparable, T any] interface {
	Push(keys []K, b *Batch[T]) error
	Control
	// Crosses reports whether anything happens when the watermark goes from one
	// time to a later one. An exchange keeps the order of rows and watermarks
	// where something does, and saves messages where nothing does.
	Crosses(from, to int64) bool
}

// KeyedPort is the output of a KeyBy while the graph is built.
type KeyedPort[K comparable, T any] struct {
	consumers []func(*Build) []KeyedOp[K, T]
}

// Attach adds a consumer. The function returns one operator for each subtask.
func (p *KeyedPort[K, T]) Attach(build func(*Build) []KeyedOp[K, T]) {
	p.consumers = append(p.consumers, build)
}

func (p *KeyedPort[K, T]) build(b *Build) []KeyedOp[K, T] {
	if len(p.consumers) == 1 {
		return p.consumers[0](b)
	}
	ops := make([]KeyedOp[K, T], b.parallelism)
	for i := range ops {
		ops[i] = &keyedTee[K, T]{}
	}
	for _, consumer := range p.consumers {
		for i, op := range consumer(b) {
			t := ops[i].(*keyedTee[K, T])
			t.to = append(t.to, op)
		}
	}
	return ops
}

// KeyBy attaches the operator after which every event of a key is seen by one
// subtask. The hash is the stable one of the key's kind.
func KeyBy[K comparable, T any](in *Port[T], node *Node, key func(T) K, hash func([]K, []uint64)) *KeyedPort[K, T] {
	out := &KeyedPort[K, T]{}
	in.Attach(func(b *Build) []Op[T] {
		if b.parallelism > 1 {
			return exchange(b, node, out, key, hash)
		}
		nexts := out.build(b)
		return subtasks(b, func(t *Task) Op[T] {
			return &keyOp[K, T]{keyer: newKeyer(b, t.place(node), key, hash), next: nexts[t.id.Subtask]}
		})
	})
	return out
}

// keyer computes the keys and hashes of a batch, once for all that is behind it.
type keyer[K comparable, T any] struct {
	*place
	key  func(T) K
	hash func([]K, []uint64)
	ks   []K
	hs   []uint64
}

func newKeyer[K comparable, T any](b *Build, p *place, key func(T) K, hash func([]K, []uint64)) keyer[K, T] {
	return keyer[K, T]{p, key, hash, make([]K, b.rows), make([]uint64, b.rows)}
}

func (k *keyer[K, T]) keys(v []T) ([]K, []uint64) {
	k.enter(len(v))
	if len(k.ks) < len(v) {
		k.ks, k.hs = make([]K, len(v)), make([]uint64, len(v))
	}
	ks, hs := k.ks[:len(v)], k.hs[:len(v)]
	for i := range v {
		ks[i] = k.key(v[i])
	}
	k.hash(ks, hs)
	k.left(len(v))
	return ks, hs
}

// keyOp is a KeyBy where there is one subtask: nothing changes hands.
type keyOp[K comparable, T any] struct {
	keyer[K, T]
	hashed Batch[T] // the batch that is being pushed, with its hashes
	next   KeyedOp[K, T]
}

func (o *keyOp[K, T]) Push(b *Batch[T]) error {
	ks, hs := o.keys(b.V)
	o.hashed = Batch[T]{b.TS, b.V, hs}
	return o.next.Push(ks, &o.hashed)
}

func (o *keyOp[K, T]) Watermark(t int64) error { return o.next.Watermark(t) }
func (o *keyOp[K, T]) Flush() error            { return o.next.Flush() }
func (o *keyOp[K, T]) Barrier(c *Cut) error    { return o.next.Barrier(c) }
func (o *keyOp[K, T]) End() error              { return o.next.End() }

// keyedTee hands keyed batches to several consumers, or to none.
type keyedTee[K comparable, T any] struct {
	to []KeyedOp[K, T]
}

func (t *keyedTee[K, T]) Push(keys []K, b *Batch[T]) error {
	return each(t.to, func(op KeyedOp[K, T]) error { return op.Push(keys, b) })
}
func (t *keyedTee[K, T]) Watermark(w int64) error {
	return each(t.to, func(op KeyedOp[K, T]) error { return op.Watermark(w) })
}
func (t *keyedTee[K, T]) Flush() error { return each(t.to, KeyedOp[K, T].Flush) }
func (t *keyedTee[K, T]) Barrier(c *Cut) error {
	return each(t.to, func(op KeyedOp[K, T]) error { return op.Barrier(c) })
}
func (t *keyedTee[K, T]) End() error { return each(t.to, KeyedOp[K, T].End) }
func (t *keyedTee[K, T]) Crosses(from, to int64) bool {
	for _, op := range t.to {
		if op.Crosses(from, to) {
			return true
		}
	}
	return false
}

// owners says which subtask owns each key group.
func owners(groups, parallelism int) []uint16 {
	all := make([]uint16, groups)
	for s := range parallelism {
		from, to := state.GroupRange(groups, parallelism, s)
		for g := from; g < to; g++ {
			all[g] = uint16(s)
		}
	}
	return all
}
