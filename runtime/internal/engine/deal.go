package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// sourceRun is one source of a run: what its subtasks have in common.
type sourceRun struct {
	run      *Run
	name     string
	config   Source
	bounded  bool
	timed    bool // events have a time of their own
	discover func(context.Context, connect.Discovery) ([]connect.Split, error)
	shares   []*share // by subtask

	in, bad, bytes atomic.Int64
	rate           rate

	mu    sync.Mutex
	known map[string]bool // splits that were dealt
	over  bool            // no split is dealt any more
}

// share is the part of a source that one subtask has: what it is told, and what
// it says of itself.
type share struct {
	task   *Task
	closed atomic.Bool // there will be no more splits

	mu     sync.Mutex
	orders []order
	dealt  int // splits

	watermark, lag atomic.Int64
	idle, ended    atomic.Bool
}

// order is what a source task is told, in order.
type order struct {
	splits  []*splitState
	limited bool
	limits  map[string]int64 // nil: stop where you are
}

func (s *share) tell(o order) {
	s.mu.Lock()
	s.orders = append(s.orders, o)
	s.dealt += len(o.splits)
	s.mu.Unlock()
	s.task.nudge()
}

func (s *share) take() []order {
	s.mu.Lock()
	defer s.mu.Unlock()
	orders := s.orders
	s.orders = nil
	return orders
}

// publish makes known where the subtask is.
func (s *share) publish(splits []*splitState, watermark int64, idle bool) {
	var lag int64
	for _, split := range splits {
		switch {
		case split.ended:
		case split.lag < 0:
			lag = -1
		case lag >= 0:
			lag += split.lag
		}
	}
	s.watermark.Store(watermark)
	s.lag.Store(lag)
	s.idle.Store(idle)
}

// deal gives the subtasks their first splits: those of the checkpoint, and
// those that the source has beside them.
func (s *sourceRun) deal(ctx context.Context) error {
	s.known = map[string]bool{}
	why := connect.FirstStart
	var all []*splitState
	if m := s.run.restored; m != nil {
		if states, ok := m.Sources[s.name]; ok {
			why = connect.NewSplits
			var err error
			if all, err = splitsOf(s.name, states); err != nil {
				return err
			}
		}
		if m.Ended {
			s.over = true
		}
	}
	for _, split := range all {
		s.known[split.ID] = true
	}
	if !s.over {
		found, err := s.find(ctx, why)
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b *splitState) int { return cmp.Compare(a.ID, b.ID) })
	dealt := make([][]*splitState, len(s.shares))
	for i, split := range all {
		n := i % len(dealt)
		dealt[n] = append(dealt[n], split)
	}
	for i, share := range s.shares {
		share.tell(order{splits: dealt[i]})
		share.closed.Store(s.bounded || s.over)
	}
	return nil
}

// find returns the splits that were not known.
func (s *sourceRun) find(ctx context.Context, why connect.Discovery) ([]*splitState, error) {
	splits, err := s.discover(ctx, why)
	if err != nil {
		return nil, fmt.Errorf("splits of source %q cannot be found: %w", s.name, err)
	}
	var found []*splitState
	for _, split := range splits {
		if !s.known[split.ID] {
			s.known[split.ID] = true
			found = append(found, newSplit(split, earliest))
		}
	}
	return found, nil
}

// discovers reports whether the source may have other splits later.
func (s *sourceRun) discovers() bool { return !s.bounded && !s.over }

// discoverMore looks for new splits from time to time.
func (s *sourceRun) discoverMore(ctx context.Context) error {
	tick := time.NewTicker(s.run.o.DiscoverEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		err := s.dealNew(ctx)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil
		case fault.Incurable(err):
			return err
		default:
			s.run.o.Log.Warn("new splits cannot be looked for at present", "source", s.name, "error", err)
		}
	}
}

// dealNew gives each new split to the subtask that has the fewest.
func (s *sourceRun) dealNew(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	return s.dealFound(ctx)
}

func (s *sourceRun) dealFound(ctx context.Context) error {
	found, err := s.find(ctx, connect.NewSplits)
	if err != nil {
		return err
	}
	for _, split := range found {
		s.run.o.Log.Info("a new split", "source", s.name, "split", split.ID)
		to := slices.MinFunc(s.shares, func(a, b *share) int { return cmp.Compare(a.dealt, b.dealt) })
		to.tell(order{splits: []*splitState{split}})
	}
	return nil
}

// drain makes every split end where its input ends now.
func (s *sourceRun) drain(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	var limits map[string]int64
	if s.config.Source != nil && !s.bounded {
		if err := s.dealFound(ctx); err != nil {
			return err
		}
		splits, err := s.discover(ctx, connect.Drain)
		if err != nil {
			return fmt.Errorf("the end of source %q cannot be found: %w", s.name, err)
		}
		limits = map[string]int64{}
		for _, split := range splits {
			limits[split.ID] = split.Next
		}
	}
	s.over = true
	for _, share := range s.shares {
		// A bounded source ends by itself. One that is a function has no other
		// end than where it is.
		share.tell(order{limited: limits != nil || s.config.Source == nil, limits: limits})
		share.closed.Store(true)
		share.task.nudge()
	}
	return nil
}

func (s *sourceRun) nudge() {
	for _, share := range s.shares {
		share.task.nudge()
	}
}
