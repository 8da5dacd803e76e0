package checkpoint

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// worker does the errands of a protocol, one at a time.
type worker struct {
	log       *decisionLog
	manifests manifests
	committer Committer
	fits      func(*Manifest) error // may be nil
}

// logPatience bounds one look at the log or one append. What hangs for longer is
// tried again.
const logPatience = time.Minute

// run does one errand and returns the answer to it.
func (w *worker) run(ctx context.Context, a action) message {
	switch a.(type) {
	case appendRecord, lookAtHead:
		limited, cancel := context.WithTimeout(ctx, logPatience)
		defer cancel()
		ctx = limited
	}
	failed := func(err error) message {
		return func(p *protocol, now time.Time) { p.failed(now, err) }
	}
	switch a := a.(type) {
	case readLog:
		h, err := w.log.read(ctx)
		if err != nil {
			return failed(err)
		}
		return func(p *protocol, now time.Time) { p.logRead(now, h) }
	case loadManifests:
		commit, restore, err := w.load(ctx, a)
		if err != nil {
			return failed(err)
		}
		return func(p *protocol, now time.Time) { p.loaded(now, commit, restore) }
	case appendRecord:
		r, err := w.log.append(ctx, a.base, a.record)
		if errors.Is(err, errTaken) {
			by := w.log.overtaken(ctx)
			return func(p *protocol, now time.Time) { p.taken(now, by) }
		}
		if err != nil {
			return failed(err)
		}
		return func(p *protocol, now time.Time) { p.recorded(now, r) }
	case commitOutput:
		outcomes, err := w.commit(ctx, a)
		if err != nil {
			return failed(err)
		}
		return func(p *protocol, now time.Time) { p.committed(now, outcomes) }
	case recoverSinks:
		err := w.log.newest(ctx, a.head.base, a.head.head)
		if err == nil {
			err = w.committer.Recover(ctx, a.generation, a.keep)
		}
		if err != nil {
			return failed(err)
		}
		return (*protocol).recovered
	case writeManifest:
		// The deadline is the protocol's time, which need not be that of the machine.
		ctx, cancel := context.WithTimeout(ctx, a.deadline.Sub(w.log.now()))
		defer cancel()
		f, err := w.manifests.write(ctx, a.manifest)
		if err != nil {
			return failed(err)
		}
		return func(p *protocol, now time.Time) { p.manifestWritten(now, f) }
	case lookAtHead:
		err := w.log.newest(ctx, a.head.base, a.head.head)
		return func(p *protocol, now time.Time) { p.looked(now, err) }
	}
	panic("checkpoint: an action that is no errand")
}

// load reads the manifest of the checkpoint to commit and of the one to
// restore, mostly the same, and sees whether the job fits the latter and its
// files are there.
func (w *worker) load(ctx context.Context, a loadManifests) (commit, restore *Manifest, err error) {
	if a.commit != nil {
		if commit, err = w.manifests.read(ctx, a.commit); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case a.restore == nil:
		return commit, nil, nil
	case a.commit != nil && a.commit.Identity == a.restore.Identity:
		restore = commit
	default:
		if restore, err = w.manifests.read(ctx, a.restore); err != nil {
			return nil, nil, err
		}
	}
	if w.fits != nil {
		if err := w.fits(restore); err != nil {
			return nil, nil, err
		}
	}
	return commit, restore, w.manifests.verify(ctx, a.restore, restore)
}

// commit asks every sink to make its part visible, all of them also when one
// has lost something, so that it is known what became of the whole. An error
// that a later try may cure, or that nothing can, ends it.
func (w *worker) commit(ctx context.Context, a commitOutput) ([]outcome, error) {
	if err := w.log.newest(ctx, a.head.base, a.head.head); err != nil {
		return nil, err
	}
	var outcomes []outcome
	var again error
	for _, sink := range slices.Sorted(maps.Keys(a.committable)) {
		all := a.committable[sink]
		err := w.committer.Commit(ctx, a.checkpoint, sink, all)
		if _, lost := errors.AsType[*LostError](err); err != nil && !lost {
			if fault.Incurable(err) {
				return nil, err
			}
			again = errors.Join(again, err)
			continue
		}
		outcomes = append(outcomes, outcome{sink, len(all), err})
	}
	return outcomes, again
}
