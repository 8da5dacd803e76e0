package runcmd

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// counts are the figures of a status that a run is about, over all sources,
// operators and sinks.
type counts struct {
	In   int64 `json:"in"`
	Out  int64 `json:"out"`
	Late int64 `json:"late"`
	Bad  int64 `json:"bad"`
}

func countsOf(s jobapi.Status) (c counts) {
	for _, x := range s.Sources {
		c.In += x.In
		c.Bad += x.Bad
	}
	for _, x := range s.Operators {
		c.Late += x.Late
	}
	for _, x := range s.Sinks {
		c.Out += x.Out
	}
	return c
}

// watch follows the statuses of a job, each as it is read. The same one may come
// more than once, where it was read from the job's file.
type watch struct {
	now, before jobapi.Status // the newest two
	mark        jobapi.Status // the one that rate counts from
	rate        float64       // records read a second, over the last second
}

// see takes the newest status.
func (w *watch) see(s jobapi.Status) {
	if !s.Now.After(w.now.Now) && s.State == w.now.State {
		return
	}
	w.before, w.now = w.now, s
	passed := s.Now.Sub(w.mark.Now)
	switch {
	case w.mark.API == 0:
		w.mark = s
	case passed >= time.Second:
		w.rate = float64(countsOf(s).In-countsOf(w.mark).In) / passed.Seconds()
		w.mark = s
	}
}

// settled reports that the job has read what there is: every source has ended
// or has nothing unread, and nothing has moved between the newest two statuses.
// They are only two if both are younger than since.
func (w *watch) settled(since time.Time) bool {
	if w.now.State != jobapi.Running || w.before.State != jobapi.Running || !w.before.Now.After(since) || len(w.now.Sources) == 0 {
		return false
	}
	for _, s := range w.now.Sources {
		if !s.Ended && !s.Idle && s.Lag != 0 {
			return false
		}
	}
	return countsOf(w.now).In == countsOf(w.before).In && sameTime(w.now.Watermark, w.before.Watermark)
}

func sameTime(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

// line says in one line how far the job is.
func (w *watch) line() string {
	s, c := w.now, countsOf(w.now)
	if s.API == 0 || s.State == jobapi.Starting {
		return string(jobapi.Starting)
	}
	in := "in " + grouped(c.In)
	if !s.State.Over() {
		in += fmt.Sprintf(" (%s/s)", grouped(int64(w.rate)))
	}
	parts := []string{string(s.State), in, "out " + grouped(c.Out)}
	if c.Late > 0 {
		parts = append(parts, "late "+grouped(c.Late))
	}
	if c.Bad > 0 {
		parts = append(parts, "bad "+grouped(c.Bad))
	}
	if lag, known := lagOf(s); known {
		parts = append(parts, "lag "+grouped(lag))
	}
	if s.Watermark != nil {
		parts = append(parts, "watermark "+s.Watermark.UTC().Format(time.DateTime))
	}
	if last := s.Checkpoints.Last; last != nil {
		parts = append(parts, fmt.Sprintf("checkpoint %d", last.ID))
	}
	return strings.Join(parts, " · ")
}

// lagOf is how many records are known to be unread; false when there is a source
// that does not know.
func lagOf(s jobapi.Status) (lag int64, known bool) {
	for _, x := range s.Sources {
		if x.Ended {
			continue
		}
		if x.Lag < 0 {
			return 0, false
		}
		lag += x.Lag
	}
	return lag, len(s.Sources) > 0
}

// grouped is a number with its thousands apart: 10,000.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
