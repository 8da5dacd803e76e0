package checkpoint

import (
	"fmt"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// A failure is followed by another try after firstBackoff, doubled with each
// failure up to longBackoff.
const (
	firstBackoff = 100 * time.Millisecond
	longBackoff  = 30 * time.Second
)

// errand is the one piece of I/O that is under way, or waits to be tried again.
type errand struct {
	action  action
	what    string // for people
	since   time.Time
	tries   int
	again   time.Time // zero: under way
	lastErr error
}

// send begins an errand.
func (p *protocol) send(what string, a action) {
	p.errand = &errand{action: a, what: what, since: p.now}
	p.do(a)
}

// append begins to write a record: the next one.
func (p *protocol) append(what string, r record) {
	r.Number = p.log.Head + 1
	if r.Kind != kindTerm {
		r.Term = p.log.Term
	}
	p.send(what, appendRecord{p.log.Base, r})
}

func (p *protocol) head() point { return point{p.log.Base, p.log.Head} }

// failed says that an errand could not be done. What may have worked although
// it failed is tried again under the same name until its fate is known.
func (p *protocol) failed(now time.Time, err error) {
	if !p.step(now) {
		return
	}
	e := p.errand
	if _, fenced := asFenced(err); fenced || fault.Incurable(err) {
		if _, ok := e.action.(writeManifest); !ok || fenced {
			p.fail(err)
			return
		}
	}
	switch e.action.(type) {
	case commitOutput, recoverSinks:
		// Whoever keeps the output may be away for long; nothing else can be done.
	case writeManifest:
		p.errand = nil
		p.abandon(fmt.Errorf("the manifest cannot be written: %w", err))
		return
	case appendRecord:
		if p.phase < phaseReady || now.Sub(e.since) > 2*p.timeout {
			p.fail(err)
			return
		}
		if p.open != nil && p.open.stage == stageDeciding && !now.Before(p.open.deadline) {
			// Out of time, and perhaps decided or not. The number in the log is
			// contended for: what stands there in the end is what was decided.
			p.open.reason = fmt.Errorf("the decision cannot be recorded: %w", err)
			a := p.open.abandonRecord()
			a.Number, a.Term = p.log.Head+1, p.log.Term
			e.action = appendRecord{p.log.Base, a}
		}
	default:
		p.fail(err)
		return
	}
	e.lastErr = err
	e.again = now.Add(backoff(e.tries))
	e.tries++
	p.do(retrying{e.what, err})
}

// backoff is how long to wait after a number of failures.
func backoff(failures int) time.Duration {
	if failures > 10 {
		return longBackoff
	}
	return min(firstBackoff<<failures, longBackoff)
}
