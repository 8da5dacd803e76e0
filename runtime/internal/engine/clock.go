package engine

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// The ends of time. Before the first event a watermark is earliest; when every
// input has ended it is latest.
const (
	earliest = math.MinInt64
	latest   = math.MaxInt64
)

// clock is the time of one input: a split of a source, an edge of an exchange.
type clock struct {
	watermark int64
	idle      bool // nothing to wait for at present
	ended     bool // nothing to wait for, ever
}

// merged is what several clocks say together. The watermark is the smallest of
// the active ones. When all are idle it is the largest: none of them holds time
// back, and the order in which they turned idle must not matter.
type merged struct {
	lowest, highest  int64
	active, idle, in int
}

func newMerged() merged { return merged{lowest: latest, highest: earliest} }

func (m *merged) add(c *clock) {
	m.in++
	switch {
	case c.ended:
	case c.idle:
		m.idle++
		m.highest = max(m.highest, c.watermark)
	default:
		m.active++
		m.lowest = min(m.lowest, c.watermark)
	}
}

// result returns the merged watermark and whether there is nobody to wait for.
// With no input at all there is nothing to say of time.
func (m *merged) result() (watermark int64, idle bool) {
	switch {
	case m.active > 0:
		return m.lowest, false
	case m.idle > 0:
		return m.highest, true
	case m.in > 0:
		return latest, false
	}
	return earliest, true
}

// back returns t moved back by d, without leaving the range of time.
func back(t, d int64) int64 {
	if t == earliest || t == latest {
		return t
	}
	if d > 0 && t < earliest+d {
		return earliest
	}
	return t - d
}

// instant is a time in nanoseconds since 1970. A time that does not fit, above
// all the zero time of an event that has none, is an error: taken as it is, it
// would be far from every other event.
func instant(t time.Time) (int64, error) {
	if sec := t.Unix(); sec < -mostSeconds || sec > mostSeconds {
		return 0, noInstant(t)
	}
	return t.UnixNano(), nil
}

// stamp fills ts with the instants of the values, up to the first that has
// none, and returns how many it filled.
func stamp[T any](v []T, ts []int64, at func(T) time.Time) int {
	ts = ts[:len(v)]
	for i := range v {
		t := at(v[i])
		if sec := t.Unix(); sec < -mostSeconds || sec > mostSeconds {
			return i
		}
		ts[i] = t.UnixNano()
	}
	return len(v)
}

// mostSeconds are the seconds around 1970 whose nanoseconds an int64 can count.
const mostSeconds = math.MaxInt64/int64(time.Second) - 1

func noInstant(t time.Time) error {
	if t.IsZero() {
		return errors.New("its event time is not set")
	}
	return fmt.Errorf("its event time %s is not between the years 1678 and 2262", t.UTC().Format(time.RFC3339))
}
