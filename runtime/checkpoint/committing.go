package checkpoint

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// outcome is what became of the committables of one sink.
type outcome struct {
	sink  string
	count int // of committables
	err   error
}

// committed answers commitOutput when no try can change the outcomes any more.
func (p *protocol) committed(now time.Time, outcomes []outcome) {
	if !p.step(now) {
		return
	}
	lost := lostOf(outcomes)
	starting := p.phase == phaseResolving
	switch {
	case lost == nil:
		p.errand = nil
		if starting {
			p.abort()
			return
		}
		p.close()
		p.advance()
	case lost.void():
		p.errand = nil
		e := p.log.find(p.log.Unresolved)
		p.reason = &fault.Error{
			What: fmt.Sprintf("checkpoint %d is void: nothing of its output can be committed any more", e.Number), Where: lost.where(),
			Err: lost, Do: "the job goes back to the checkpoint before it, which loses and doubles nothing",
		}
		p.do(tookBack{p.reason})
		p.append("it cannot be recorded that the checkpoint is void",
			record{Kind: kindVoid, Subject: e.Identity, Reason: p.reason.Error()})
	default:
		e := p.log.find(p.log.Unresolved)
		p.fail(lost.halt(e, p.log.find(e.Parent)))
	}
}

// losses are the sinks that lost output of a decided checkpoint, and what became
// of the output of all sinks.
type losses struct {
	sinks                    []lostSink
	committed, gone, unknown int // committables
}

type lostSink struct {
	name string
	*LostError
}

// lostOf sums up what is lost, nil: nothing is.
func lostOf(outcomes []outcome) *losses {
	var l losses
	for _, o := range outcomes {
		lost, ok := errors.AsType[*LostError](o.err)
		if !ok || lost.Gone+lost.Unknown == 0 {
			l.committed += o.count
			continue
		}
		l.sinks = append(l.sinks, lostSink{o.sink, lost})
		l.committed += lost.Committed
		l.gone += lost.Gone
		l.unknown += lost.Unknown
	}
	if len(l.sinks) == 0 {
		return nil
	}
	return &l
}

// void says that the output is lost as a whole, so that the checkpoint can be
// taken back as if it had never been.
func (l *losses) void() bool { return l.committed == 0 && l.unknown == 0 }

// Error says what became of each sink.
func (l *losses) Error() string {
	var all []string
	for _, s := range l.sinks {
		counts := fmt.Sprintf("%d visible, %d lost", s.Committed, s.Gone)
		if s.Unknown > 0 {
			counts += fmt.Sprintf(", %d nobody can tell of", s.Unknown)
		}
		all = append(all, fmt.Sprintf("%s: %s, because %v", s.name, counts, s.Err))
	}
	return strings.Join(all, "; ")
}

// where names the sinks.
func (l *losses) where() string {
	var names []string
	for _, s := range l.sinks {
		names = append(names, s.name)
	}
	if len(names) == 1 {
		return "sink " + names[0]
	}
	return "sinks " + strings.Join(names, ", ")
}

// halt is the fault of a checkpoint that is neither whole nor void: whichever
// way the job went on, output would be lost or shown twice.
func (l *losses) halt(e, parent *entry) error {
	interval, back := "output up to ", "start from nothing"
	if parent != nil {
		interval = fmt.Sprintf("output of %s to ", parent.At.UTC().Format(time.RFC3339))
		back = fmt.Sprintf("go back to checkpoint %d", parent.Number)
	}
	return &fault.Error{
		What:  fmt.Sprintf("checkpoint %d is committed in part only: %d of its committables are visible, %d are not", e.Number, l.committed, l.gone+l.unknown),
		Where: l.where() + ", " + interval + e.At.UTC().Format(time.RFC3339),
		Err:   l, Incurable: true,
		Do: fmt.Sprintf("look what the sink holds of that time, then choose: %s, which shows the visible part twice, or go on from checkpoint %d without the rest; until then the job stays down",
			back, e.Number),
	}
}
