package engine

import (
	"context"
	"errors"
	"sync/atomic"
)

// silence is why sources read nothing, if they do not.
type silence struct {
	paused   atomic.Bool // until Resume
	stopping atomic.Bool // for ever: the final checkpoint is being taken
}

func (s *silence) silent() bool { return s.paused.Load() || s.stopping.Load() }

// Pause makes all sources read nothing until Resume. Checkpoints go on.
func (r *Run) Pause() { r.silence.paused.Store(true); r.nudgeSources() }

// Resume lets the sources read on.
func (r *Run) Resume() { r.silence.paused.Store(false); r.nudgeSources() }

// SetRate caps how many records a second a source reads, over all its
// subtasks; 0 is no cap. A name that is no source is ignored.
func (r *Run) SetRate(source string, perSecond float64) {
	for _, s := range r.sources {
		if s.name == source {
			s.rate.set(perSecond, r.o.Now())
			s.nudge()
		}
	}
}

func (r *Run) nudgeSources() {
	for _, s := range r.sources {
		s.nudge()
	}
}

// Savepoint takes a checkpoint that nothing deletes and returns its number
// when it is complete.
func (r *Run) Savepoint(ctx context.Context) (uint64, error) {
	ctx, release := r.while(ctx)
	defer release()
	n, err := r.checkpoints.Savepoint(ctx)
	return n, r.because(ctx, err)
}

// Stop silences the sources for good, takes a final checkpoint and ends the
// run. When it returns an error the sources stay silent and the run goes on
// until its context ends it, or another Stop succeeds.
func (r *Run) Stop(ctx context.Context) error {
	r.silence.stopping.Store(true)
	r.nudgeSources()
	ctx, release := r.while(ctx)
	defer release()
	return r.final(ctx)
}

// Drain lets every source read to where its input ends now, lets everything
// flow out as at the end of a bounded input, and returns when the run is over.
// It ends a pause.
func (r *Run) Drain(ctx context.Context) error {
	within, release := r.while(ctx)
	defer release()
	for _, s := range r.sources {
		if err := s.drain(within); err != nil && !r.over() {
			return r.because(within, err)
		}
	}
	r.Resume()
	select {
	case <-r.done:
		return r.Wait()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// final takes the final checkpoint and ends the run. Both the end of all input
// and Stop come here, perhaps at once: one of them takes it.
func (r *Run) final(ctx context.Context) error {
	select {
	case <-r.last:
		defer func() { r.last <- struct{}{} }()
	case <-ctx.Done():
	}
	err := ctx.Err()
	if err == nil {
		_, err = r.checkpoints.Final(ctx)
	}
	if r.over() {
		return nil // the other one took it
	}
	if err != nil {
		return r.because(ctx, err)
	}
	r.end(errOver)
	return nil
}

// over reports whether the run has ended after doing all it was asked to.
func (r *Run) over() bool { return context.Cause(r.ctx) == errOver }

// while returns a context that is also done when the run is.
func (r *Run) while(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(r.ctx, func() { cancel(context.Cause(r.ctx)) })
	return ctx, func() { stop(); cancel(nil) }
}

// because replaces the error of a context that ended by why it did: "the store
// is full" helps more than "context canceled".
func (r *Run) because(ctx context.Context, err error) error {
	if err == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
