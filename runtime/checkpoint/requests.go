package checkpoint

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// request is somebody who waits for a savepoint, or for the final checkpoint.
type request struct {
	id    int
	final bool
}

// errFinished answers who asks for a savepoint when nothing is triggered any more.
var errFinished = errors.New("the final checkpoint is taken already")

// ask wants a savepoint or the final checkpoint. A checkpoint that is under way
// may hold less than was done by now, so it is always a new one.
func (p *protocol) ask(now time.Time, r request) {
	switch {
	case !p.step(now):
		p.do(answer{r.id, 0, p.err})
	case p.finished != 0:
		p.requests = append(p.requests, r)
		p.answerLeft()
	default:
		p.requests = append(p.requests, r)
		p.advance()
	}
}

// withdraw forgets a request whose asker has gone. A final checkpoint is taken
// all the same: the job has begun to end.
func (p *protocol) withdraw(id int) {
	gone := func(r request) bool { return r.id == id && !r.final }
	p.requests = slices.DeleteFunc(p.requests, gone)
	if p.open != nil && p.open.stage < stageWriting {
		p.open.requests = slices.DeleteFunc(p.open.requests, gone)
	}
}

// answerLeft answers who waits when the final checkpoint is taken.
func (p *protocol) answerLeft() {
	for _, r := range p.requests {
		if r.final {
			p.do(answer{r.id, p.finished, nil})
		} else {
			p.do(answer{r.id, 0, errFinished})
		}
	}
	p.requests = nil
}

// answerAll answers everyone who waits.
func (p *protocol) answerAll(number uint64, err error) {
	if p.open != nil {
		p.requests = append(p.open.requests, p.requests...)
		p.open = nil
	}
	for _, r := range p.requests {
		p.do(answer{r.id, number, err})
	}
	p.requests = nil
}

// lastReason says why there is no checkpoint yet, nil: nothing went wrong.
func (p *protocol) lastReason() error {
	switch {
	case p.errand != nil && p.errand.lastErr != nil:
		return fmt.Errorf("%s: %w", p.errand.what, p.errand.lastErr)
	case p.failures > 0:
		return fmt.Errorf("the last checkpoint was abandoned: %w", p.reason)
	}
	return nil
}
