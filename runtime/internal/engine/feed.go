package engine

import (
	"context"

	"github.com/spaas/spaas/runtime/connect"
)

// feed is where the rows of one source task come from: a connector's reader
// behind a pump, or a function.
type feed[T any] interface {
	// assign adds splits to be read from where they are.
	assign(splits []*splitState)
	// limit ends splits at a position, and where they are those that have none.
	limit(limits map[string]int64)
	// arrivals is what to wait for while nothing is pending; may be nil.
	arrivals() <-chan arrival
	// accept takes what arrived.
	accept(a arrival) error
	// pending says that fill has something to do without waiting.
	pending() bool
	// fill appends up to most rows of one split, which it advances, to an empty
	// batch. It may append none: when a split has ended, or all were bad.
	fill(ctx context.Context, b *Batch[T], most int) (*splitState, error)
}

// arrival is what a pump hands over.
type arrival struct {
	fetch *connect.Fetch
	// ended says that every split has which the first so many requests had, 0: no.
	ended int
	err   error
}
