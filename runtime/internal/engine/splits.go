package engine

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/connect"
)

// splitState is where a source is in one split, and what time it is there.
type splitState struct {
	connect.Split
	clock
	atEnd time.Time // since when the split shows nothing new, zero: it does
	due   uint64    // the read by which it must have shown something, or is idle
	lag   int64     // unread records, -1: unknown
}

func newSplit(s connect.Split, watermark int64) *splitState {
	return &splitState{Split: s, clock: clock{watermark: watermark, ended: s.Ended}, lag: -1}
}

// splitsOf reads the splits of a source in a checkpoint.
func splitsOf(source string, states []checkpoint.SplitState) ([]*splitState, error) {
	var all []*splitState
	for _, s := range states {
		var split connect.Split
		if err := json.Unmarshal(s.Split, &split); err != nil {
			return nil, fmt.Errorf("split %q of source %q in the checkpoint: %w", s.ID, source, err)
		}
		all = append(all, newSplit(split, s.Watermark))
	}
	return all, nil
}

// stored is what a checkpoint keeps of the splits.
func stored(all []*splitState) ([]checkpoint.SplitState, error) {
	states := make([]checkpoint.SplitState, 0, len(all))
	for _, s := range all {
		data, err := json.Marshal(s.Split)
		if err != nil {
			return nil, fmt.Errorf("split %q: %w", s.ID, err)
		}
		states = append(states, checkpoint.SplitState{ID: s.ID, Split: data, Watermark: s.clock.watermark})
	}
	return states, nil
}
