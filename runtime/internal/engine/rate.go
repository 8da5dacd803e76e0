package engine

import (
	"sync"
	"sync/atomic"
	"time"
)

// rate caps how much the subtasks of a source read together: a bucket that
// fills evenly and holds a tenth of a second.
type rate struct {
	capped atomic.Bool // what is asked before every batch

	mu        sync.Mutex
	perSecond float64
	allowed   float64
	at        time.Time // of the last filling
}

func (r *rate) set(perSecond float64, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if perSecond == r.perSecond {
		return
	}
	r.perSecond, r.allowed, r.at = perSecond, 0, now
	r.capped.Store(perSecond > 0)
}

// take takes up to most from the bucket. If it is empty it says how long it
// takes until there is something in it again.
func (r *rate) take(most int, now func() time.Time) (n int, wait time.Duration) {
	if !r.capped.Load() {
		return most, 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.perSecond <= 0 {
		return most, 0
	}
	t := now()
	if past := t.Sub(r.at); past > 0 {
		r.allowed = min(r.allowed+past.Seconds()*r.perSecond, max(r.perSecond/10, 1))
		r.at = t
	}
	if r.allowed < 1 {
		// Not for each single record of a fast source: a hundredth of a second
		// is fine enough.
		short := max(1, r.perSecond/100) - r.allowed
		return 0, time.Duration(short/r.perSecond*float64(time.Second)) + 1
	}
	n = min(most, int(r.allowed))
	r.allowed -= float64(n)
	return n, 0
}

// giveBack puts back what was taken and not used.
func (r *rate) giveBack(n int) {
	if n == 0 || !r.capped.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.allowed += float64(n)
}
