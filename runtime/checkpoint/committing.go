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
		p.append("it cannot be recorded that the checkpoint is void",
			record{Kind: kindVoid, Subject: e.Identity, Reason: p.reason.Error()})
	default:
		e := p.log.find(p.log.Unresolved)
		p.fail(lost.halt(e, p.log.find(e.Parent)))
	}
}

// losses are sinks that lost output of a decided checkpoint, and what became
// of all of it together.
type losses struct {
	sinks []outcome
	LostError
}

// lostOf sums up what is lost, nil: nothing is.
func lostOf(outcomes []outcome) *losses {
	var l losses
	for _, o := range outcomes {
		lost, ok := errors.AsType[*LostError](o.err)
		if !ok || lost.Gone+lost.Unknown == 0 {
			l.Committed += o.count
			continue
		}
		l.sinks = append(l.sinks, o)
		l.Committed += lost.Committed
		l.Gone += lost.Gone
		l.Unknown += lost.Unknown
		l.Err = errors.Join(l.Err, fmt.Errorf("sink %q: %w", o.sink, o.err))
	}
	if len(l.sinks) == 0 {
		return nil
	}
	return &l
}

// void says that the output is lost as a whole, so that the checkpoint can be
// taken back as if it had never been.
func (l *losses) void() bool { return l.Committed == 0 && l.Unknown == 0 && l.Gone > 0 }

// where names the sinks.
func (l *losses) where() string {
	var names []string
	for _, s := range l.sinks {
		names = append(names, fmt.Sprintf("sink %q", s.sink))
	}
	return strings.Join(names, ", ")
}

// halt is the fault of a checkpoint that is neither whole nor void: whichever
// way the job went on, output would be lost or shown twice.
func (l *losses) halt(e, parent *entry) error {
	since, back := "the start of the job", "start from nothing"
	if parent != nil {
		since, back = parent.At.UTC().Format(time.RFC3339), fmt.Sprintf("go back to checkpoint %d", parent.Number)
	}
	return &fault.Error{
		What: fmt.Sprintf("checkpoint %d is committed in part only: of its committables %d are visible, %d are lost, of %d nobody can tell",
			e.Number, l.Committed, l.Gone, l.Unknown),
		Where: fmt.Sprintf("%s, output of %s to %s", l.where(), since, e.At.UTC().Format(time.RFC3339)),
		Err:   l.Err, Incurable: true,
		Do: fmt.Sprintf("look into the sink what there is of that time, then choose: %s, which shows the visible part twice, or go on from checkpoint %d without the lost part; until then the job stays down",
			back, e.Number),
	}
}
