package engine

import (
	"context"
	"time"
)

// sourceTask reads the splits of one subtask and is the head of its chain.
type sourceTask[T any] struct {
	*Task
	place    *place
	source   *sourceRun
	share    *share
	feed     feed[T]
	rejects  *writer // nil: there is none
	disorder int64
	next     Op[T]
	batch    *Batch[T]

	splits    []*splitState
	watermark int64
	dirty     bool   // something was handed on since the last flush
	injected  uint64 // newest barrier
	idleness
}

// loop reads until the run ends. When the input has ended it lives on for
// barriers.
func (s *sourceTask[T]) loop(ctx context.Context) error {
	s.idleness = idleness{after: s.source.run.o.IdleAfter}
	if err := s.obey(); err != nil { // the first splits are there already
		return err
	}
	for ctx.Err() == nil {
		select {
		case <-s.wake:
			if err := s.obey(); err != nil {
				return err
			}
		default:
		}
		most, wait := s.allowance()
		read, err := s.read(ctx, most)
		if err != nil {
			return err
		}
		if read {
			continue
		}
		if s.dirty {
			if err := s.flush(); err != nil {
				return err
			}
		}
		if err := s.await(ctx, most > 0, wait); err != nil {
			return err
		}
	}
	return nil
}

// allowance is how many rows may be read now, and if none, how long until that
// is worth asking again; 0: until the task is nudged.
func (s *sourceTask[T]) allowance() (most int, wait time.Duration) {
	if s.ended {
		return 0, 0
	}
	if s.source.run.silence.silent() {
		s.idleness.paused = true
		return 0, 0
	}
	if s.idleness.paused {
		s.idleness.resumed(s.splits, s.source.run.o.Now())
	}
	return s.source.rate.take(cap(s.batch.TS), s.source.run.o.Now)
}

// read does what can be done without waiting, and reports whether it was anything.
func (s *sourceTask[T]) read(ctx context.Context, most int) (bool, error) {
	if most == 0 {
		return false, nil
	}
	if !s.feed.pending() {
		s.source.rate.giveBack(most)
		select {
		case a := <-s.feed.arrivals():
			return true, s.arrived(a)
		default:
			return false, nil
		}
	}
	s.at = s.place
	b := s.batch
	b.TS, b.V = b.TS[:0], b.V[:0]
	split, err := s.feed.fill(ctx, b, most)
	if err != nil {
		return true, err
	}
	s.source.rate.giveBack(most - len(b.V))
	if n := len(b.V); n > 0 {
		s.place.enter(n)
		s.place.left(n)
		s.dirty = true
		if s.source.timed {
			newest := b.TS[0]
			for _, ts := range b.TS {
				newest = max(newest, ts)
			}
			split.watermark = max(split.watermark, back(newest, s.disorder))
		}
		if err := s.next.Push(b); err != nil {
			return true, err
		}
	}
	s.idleness.read(split)
	return true, s.advance()
}

// arrived takes what the pump handed over.
func (s *sourceTask[T]) arrived(a arrival) error {
	if err := s.feed.accept(a); err != nil {
		return err
	}
	return s.advance()
}

// advance merges the clocks of the splits and hands on what they say. When no
// split is left it ends the input, if there will be no other.
func (s *sourceTask[T]) advance() error {
	if s.idleness.waiting {
		s.idleness.look(s.splits, s.source.run.o.Now())
	}
	all := newMerged()
	for _, split := range s.splits {
		all.add(&split.clock)
	}
	w, idle := all.result()
	if all.active+all.idle == 0 {
		if s.share.closed.Load() {
			return s.end()
		}
		w, idle = s.watermark, true // for the splits that may come
	}
	awake := s.idle && !idle
	if idle != s.idle {
		s.idle, s.dirty = idle, true
	}
	s.share.publish(s.splits, max(w, s.watermark), idle)
	if w > s.watermark {
		s.watermark, s.dirty = w, true
		if err := s.next.Watermark(w); err != nil {
			return err
		}
	}
	if awake {
		// At once: as long as the subtasks behind an exchange do not know, they let
		// time go on without this one, and its events come late.
		return s.flush()
	}
	return nil
}

// end hands on that there will be no more rows.
func (s *sourceTask[T]) end() error {
	if s.ended {
		return nil
	}
	s.watermark, s.idle, s.dirty = latest, false, false
	s.share.publish(s.splits, latest, false)
	s.share.ended.Store(true)
	if err := s.next.Watermark(latest); err != nil {
		return err
	}
	if err := s.next.End(); err != nil {
		return err
	}
	s.finished()
	return nil
}

func (s *sourceTask[T]) flush() error {
	s.dirty = false
	clear(s.batch.V[:cap(s.batch.V)]) // a quiet stream keeps nothing alive
	return s.next.Flush()
}

// obey does what was asked of the task: new splits, limits, a barrier.
func (s *sourceTask[T]) obey() error {
	for _, o := range s.share.take() {
		if len(o.splits) > 0 {
			s.splits = append(s.splits, o.splits...)
			s.feed.assign(o.splits)
		}
		if o.limited {
			s.feed.limit(o.limits)
		}
	}
	if err := s.advance(); err != nil {
		return err
	}
	n := s.triggered.Load()
	if n <= s.injected || n <= s.cancelled.Load() {
		return nil
	}
	s.injected = n
	cut := newCut(s.Task, n)
	states, err := stored(s.splits)
	if err != nil {
		return err
	}
	cut.splits(s.source.name, states)
	if s.rejects != nil {
		if err := s.rejects.precommit(cut); err != nil {
			return err
		}
	}
	if err := s.next.Barrier(cut); err != nil {
		return err
	}
	s.run.finish(cut)
	return nil
}

// await waits until there is something to do.
func (s *sourceTask[T]) await(ctx context.Context, reading bool, wait time.Duration) error {
	var arrivals <-chan arrival
	if reading {
		arrivals = s.feed.arrivals()
		wait = s.idleness.next(s.splits, s.source.run.o.Now())
	}
	var timeout <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case a := <-arrivals:
		return s.arrived(a)
	case <-s.wake:
		return s.obey()
	case <-timeout:
		s.idleness.quiet = reading
		return s.advance()
	case <-ctx.Done():
		return nil
	}
}
