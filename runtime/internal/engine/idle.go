package engine

import "time"

// idleness decides which splits of a subtask are idle: they no longer hold time
// back. A split is idle when a look at it showed its end, when nothing has come
// for a while since, and when its reader has had the chance to bring something
// after that while (PROTOCOL: a split that is paused, throttled or waits behind
// another's records is not idle, whatever the clock says).
type idleness struct {
	after   time.Duration
	waiting bool   // some split may be on its way to be idle
	reads   uint64 // parts of fetches that were read
	quiet   bool   // the reader has waited in vain since the last look
	paused  bool
}

// read notes that a part of a split was read.
func (i *idleness) read(s *splitState) {
	i.reads++
	i.quiet = false
	if !s.atEnd.IsZero() {
		s.due = 0
		i.waiting = true
	}
}

// resumed makes every idle split prove again that it is.
func (i *idleness) resumed(splits []*splitState, now time.Time) {
	i.paused, i.quiet = false, false
	for _, s := range splits {
		if !s.atEnd.IsZero() && !s.ended {
			s.idle, s.atEnd, s.due = false, now, 0
			i.waiting = true
		}
	}
}

// look turns splits idle: the first time it finds that one has shown nothing for
// long enough it only notes by when the reader must have had its chance, a turn
// for each split; only a later look decides.
func (i *idleness) look(splits []*splitState, now time.Time) {
	i.waiting = false
	for _, s := range splits {
		if s.idle || s.ended || s.atEnd.IsZero() {
			continue
		}
		switch {
		case now.Sub(s.atEnd) < i.after:
		case s.due == 0:
			s.due = i.reads + uint64(len(splits)) + 1
			i.quiet = false
		case i.quiet || i.reads >= s.due:
			s.idle = true
			continue
		}
		i.waiting = true
	}
}

// next is how long until another look may find an idle split, 0: never.
func (i *idleness) next(splits []*splitState, now time.Time) time.Duration {
	if !i.waiting {
		return 0
	}
	wait := i.after
	for _, s := range splits {
		if !s.idle && !s.ended && !s.atEnd.IsZero() {
			// At least a tenth: the reader's chance to bring something.
			wait = min(wait, max(i.after/10, i.after-now.Sub(s.atEnd)))
		}
	}
	return wait
}
