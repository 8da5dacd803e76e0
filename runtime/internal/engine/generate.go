package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

const (
	// generatorSplits is how many splits a generator has: the most subtasks
	// that can share it.
	generatorSplits = 16
	// generatorBlock is how many consecutive positions a split has before it is
	// the next one's turn. Both are part of the meaning of a stored position.
	generatorBlock = 256
)

// generator is the source behind Generate: position p belongs to split
// (p / block) mod splits, so that one subtask that takes a block from each
// split in turn sees the positions in order.
type generator struct {
	name string
	n    int64 // number of positions, below 0: without end
}

func (g generator) splits() []connect.Split {
	all := make([]connect.Split, generatorSplits)
	for i := range all {
		all[i] = connect.Split{ID: fmt.Sprintf("%s/%02d", g.name, i), Next: int64(i) * generatorBlock}
		all[i].Ended = g.over(all[i].Next)
	}
	return all
}

func (g generator) over(next int64) bool { return g.n >= 0 && next >= g.n }

// generateFeed makes rows by calling a function with their positions.
type generateFeed[T any] struct {
	generator
	make   func(int64) T
	time   func(T) time.Time
	source *sourceRun
	task   *Task
	splits []*splitState
	live   int // splits that have not ended
}

func (f *generateFeed[T]) assign(splits []*splitState) {
	f.splits = append(f.splits, splits...)
	for _, s := range splits {
		if f.over(s.Next) {
			s.Ended, s.ended = true, true
		}
		if !s.Ended {
			f.live++
		}
	}
}

// limit ends the generator where it is, whatever the limits are.
func (f *generateFeed[T]) limit(map[string]int64) {
	for _, s := range f.splits {
		s.Ended, s.ended = true, true
	}
	f.live = 0
}

func (f *generateFeed[T]) arrivals() <-chan arrival { return nil }
func (f *generateFeed[T]) accept(arrival) error     { return nil }
func (f *generateFeed[T]) pending() bool            { return f.live > 0 }

func (f *generateFeed[T]) fill(_ context.Context, b *Batch[T], most int) (*splitState, error) {
	// The split that is furthest back: after a restore at another parallelism
	// they need not be where taking turns would have brought them.
	var s *splitState
	for _, other := range f.splits {
		if !other.Ended && (s == nil || other.Next < s.Next) {
			s = other
		}
	}
	from := s.Next
	to := min(from+int64(most), from-from%generatorBlock+generatorBlock)
	if f.n >= 0 {
		to = min(to, f.n)
	}
	f.task.position = position{source: f.name, split: s.ID, first: from, last: to - 1}
	n := int(to - from)
	v, ts := b.V[:n], b.TS[:n]
	for i := range v {
		v[i] = f.make(from + int64(i))
	}
	b.V, b.TS = v, ts
	if err := f.stamp(b, from); err != nil {
		return s, err
	}
	if to%generatorBlock == 0 {
		to += (generatorSplits - 1) * generatorBlock
	}
	s.Next = to
	if f.over(to) {
		s.Ended, s.ended = true, true
		f.live--
	}
	f.source.in.Add(int64(n))
	return s, nil
}

// stamp gives the rows their event times.
func (f *generateFeed[T]) stamp(b *Batch[T], from int64) error {
	if f.time == nil {
		clear(b.TS)
		return nil
	}
	i := stamp(b.V, b.TS, f.time)
	if i == len(b.V) {
		return nil
	}
	_, err := instant(f.time(b.V[i]))
	return &fault.Error{
		What: fmt.Sprintf("event %d of source %q has no usable event time", from+int64(i), f.name), Err: err, Incurable: true,
	}
}
