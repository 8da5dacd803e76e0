package checkpoint

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spaas/spaas/pkg/blob"
)

// sweepEvery is the time after which what is dead goes, if there are few
// checkpoints.
const sweepEvery = time.Hour

// sweepDue says whether it is time to declare what is dead: after a number of
// checkpoints, after a time, and after the first of a generation, for what a
// crash has left.
func (p *protocol) sweepDue() bool {
	if p.sweeping || p.since == 0 || p.finished != 0 {
		return false
	}
	return p.keptAt.IsZero() || p.since >= p.sweepAfter || p.now.Sub(p.keptAt) >= sweepEvery
}

// declareKept records what lives on. Everything else is dead from there on,
// records of the log included.
func (p *protocol) declareKept() {
	h := p.log.clone()
	h.Checkpoints = p.keep.retain(&h, p.now)
	p.append("it cannot be recorded which checkpoints are kept", record{Kind: kindKept, Kept: &h})
}

// swept answers sweepStore. What a sweep that failed has left is dead still:
// the next one finds it.
func (p *protocol) swept(now time.Time) {
	if !p.step(now) {
		return
	}
	p.sweeping = false
	p.advance()
}

// sweeper deletes what a record declares dead. It works from what is in the
// store, so that it also finds what an interrupted sweep or a crashed process
// left, and it may be interrupted anywhere.
type sweeper struct {
	store     blob.Store
	manifests manifests
	// needs are the files that a kept checkpoint needs, by its identity.
	needs map[string][]string
}

// sweep deletes everything that is dead by the record which holds h. It returns
// how many blobs it deleted.
func (s *sweeper) sweep(ctx context.Context, h *history) (deleted int, err error) {
	kept := map[string]bool{}
	for i := range h.Checkpoints {
		kept[h.Checkpoints[i].Manifest.Name] = true
	}
	n, err := s.remove(ctx, manifestFolder, func(name string) bool { return !kept[name] && over(name, h) })
	deleted += n
	if err != nil {
		return deleted, err
	}
	// In the order of their numbers: what is left is a log without gaps.
	n, err = s.remove(ctx, logFolder, func(name string) bool {
		number, ok := logNumber(name)
		return ok && number < h.Base
	})
	deleted += n
	if err != nil {
		return deleted, err
	}
	needed, err := s.needed(ctx, h)
	if err != nil {
		return deleted, fmt.Errorf("no state is deleted, because it cannot be told what is needed: %w", err)
	}
	n, err = s.remove(ctx, stateFolder, func(name string) bool { return !needed[name] && over(name, h) })
	return deleted + n, err
}

// over says whether a manifest or a file of state is of a checkpoint that
// nobody works on any more: of an ended generation, or of this term and not
// after the newest decided checkpoint. A task never refers again to a file that
// is older than the newest decided checkpoint and not in it.
func over(name string, h *history) bool {
	id, ok := identityOf(name)
	if !ok {
		return false
	}
	if id.generation != h.Generation {
		return id.generation < h.Generation
	}
	tip := h.find(h.Tip)
	return id.term == h.Term && tip != nil && tip.Generation == h.Generation && id.checkpoint <= tip.Number
}

// needed are the files that kept checkpoints need.
func (s *sweeper) needed(ctx context.Context, h *history) (map[string]bool, error) {
	needs, all := map[string][]string{}, map[string]bool{}
	for i := range h.Checkpoints {
		e := &h.Checkpoints[i]
		files, known := s.needs[e.Identity]
		if !known {
			m, err := s.manifests.read(ctx, e)
			if err != nil {
				return nil, err
			}
			for f := range m.files() {
				files = append(files, f.Name)
			}
		}
		needs[e.Identity] = files
		for _, name := range files {
			all[name] = true
		}
	}
	s.needs = needs
	return all, nil
}

// remove deletes the dead of a folder, and goes on after one that it cannot delete.
func (s *sweeper) remove(ctx context.Context, folder string, dead func(name string) bool) (deleted int, err error) {
	infos, err := s.store.List(ctx, folder)
	if err != nil {
		return 0, err
	}
	var failed error
	for _, i := range infos {
		if ctx.Err() != nil {
			return deleted, ctx.Err()
		}
		if !dead(i.Name) {
			continue
		}
		if err := s.store.Delete(ctx, i.Name); err != nil {
			if folder == logFolder {
				return deleted, err // a later record must not go before this one
			}
			failed = cmp.Or(failed, err)
			continue
		}
		deleted++
	}
	return deleted, failed
}
