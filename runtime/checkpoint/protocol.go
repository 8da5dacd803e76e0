package checkpoint

import (
	"fmt"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

// protocol decides what a coordinator does. It is told what happened, each time
// with the time, and answers with actions; it does no I/O and reads no clock,
// so that every interleaving can be tried out by a test that plays the world.
// It is owned by one goroutine.
type protocol struct {
	rules
	now time.Time
	out []action

	phase  phase
	err    error // why it is over
	errand *errand

	log      history
	nonce    string    // of the term's record, in every identity
	commit   *Manifest // of the newest decided checkpoint, while it may have to be committed
	restored *Manifest // what this generation starts from, nil: from nothing

	next     uint64 // number of the next checkpoint
	open     *opening
	reported map[TaskID]uint64 // newest checkpoint that a task has reported on
	ended    map[TaskID]TaskSnapshot
	pool     pool

	requests []request
	finished uint64 // the final checkpoint, 0: none is resolved yet
	allEnded bool   // all input had ended in the newest checkpoint

	nextAt   time.Time // when a checkpoint is due
	retryAt  time.Time // before it, none is triggered for a request
	lookedAt time.Time // when this term was last seen to be the newest
	failures int       // checkpoints abandoned in a row
	reason   error     // of the last one

	sweeping bool // a sweep is under way
	keptAt   time.Time
	since    int // checkpoints resolved since the last record of what is kept
	stats    jobapi.CheckpointStats
}

// rules is what a protocol needs to know of its job.
type rules struct {
	job                    string
	graph                  string
	keyGroups, parallelism int
	tasks                  []TaskID
	every                  time.Duration
	timeout                time.Duration
	minPause               time.Duration
	maxFailures            int
	keep                   Keep
	// What is kept is recorded after so many checkpoints, and at a start after
	// which so many records would have to be read.
	sweepAfter, sumAfter int
}

// phase is how far a coordinator has come.
type phase int

const (
	phaseReading    phase = iota // waits for the log
	phaseLoading                 // for the manifests
	phaseTerm                    // for its term to be recorded
	phaseResolving               // for the output of the newest decided checkpoint
	phaseRecovering              // for what is open otherwise to be aborted
	phaseGeneration              // for its generation to be recorded
	phaseSumming                 // for a record that sums up a log that has become long
	phaseReady                   // started; the job may start
	phaseRunning                 // checkpoints are triggered
	phaseOver
)

// lookEvery is how long a term believes to be the newest.
const lookEvery = 10 * time.Second

func newProtocol(r rules) *protocol {
	return &protocol{rules: r, reported: map[TaskID]uint64{}, ended: map[TaskID]TaskSnapshot{}}
}

// take returns what is to be done now, in order.
func (p *protocol) take() []action {
	out := p.out
	p.out = nil
	return out
}

func (p *protocol) do(a action) { p.out = append(p.out, a) }

// step begins every event. It returns false when nothing matters any more.
func (p *protocol) step(now time.Time) bool {
	p.now = now
	return p.phase != phaseOver
}

// fail ends it.
func (p *protocol) fail(err error) {
	p.phase, p.err, p.errand = phaseOver, err, nil
	p.answerAll(0, err)
}

// tick says only that it is as late as it is.
func (p *protocol) tick(now time.Time) {
	if !p.step(now) {
		return
	}
	if e := p.errand; e != nil && !e.again.IsZero() && !now.Before(e.again) {
		e.again = time.Time{}
		p.do(e.action)
	}
	if o := p.open; o != nil && o.stage == stageCollecting && !now.Before(o.deadline) {
		p.abandon(p.late())
	}
	p.advance()
}

// due is when tick is wanted next, zero: not before something happens.
func (p *protocol) due() time.Time {
	var due time.Time
	at := func(t time.Time) {
		if due.IsZero() || t.Before(due) {
			due = t
		}
	}
	if p.phase == phaseOver {
		return due
	}
	if p.errand != nil && !p.errand.again.IsZero() {
		at(p.errand.again)
	}
	if p.open != nil && p.open.stage == stageCollecting {
		at(p.open.deadline)
	}
	if p.phase != phaseRunning || p.errand != nil || p.open != nil {
		return due
	}
	at(p.lookedAt.Add(lookEvery))
	if len(p.requests) > 0 {
		at(p.retryAt)
	}
	if p.periodic() {
		at(p.nextAt)
	}
	return due
}

// periodic says whether checkpoints are triggered without being asked for.
func (p *protocol) periodic() bool { return p.every > 0 && p.finished == 0 && !p.allEnded }

// advance begins what is due when nothing else is under way.
func (p *protocol) advance() {
	if p.phase != phaseRunning || p.errand != nil || p.open != nil {
		return
	}
	switch {
	case len(p.requests) > 0 && !p.now.Before(p.retryAt), p.periodic() && !p.now.Before(p.nextAt):
		p.trigger()
	case p.sweepDue():
		p.declareKept()
	case !p.now.Before(p.lookedAt.Add(lookEvery)):
		p.send("the decision log cannot be looked at", lookAtHead{p.head()})
	}
}

// recorded says which record stands where one was to be appended, and that it
// is the newest.
func (p *protocol) recorded(now time.Time, r *record) {
	if !p.step(now) {
		return
	}
	p.errand, p.lookedAt = nil, now
	if err := p.log.apply(r); err != nil {
		p.fail(fmt.Errorf("record %d of the decision log: %w", r.Number, err))
		return
	}
	switch r.Kind {
	case kindTerm:
		p.nonce = identityNonce(r.Nonce)
		p.resolve()
	case kindGeneration:
		p.next, p.phase = r.Generation.First, phaseReady
		if p.log.Head-p.log.Base > uint64(p.sumAfter) {
			p.phase = phaseSumming
			p.declareKept()
		}
	case kindVoid:
		p.voided()
	case kindDecided:
		p.decided()
	case kindAbandoned:
		p.abandoned()
	case kindResolved:
		p.resolved()
	case kindKept:
		if p.phase == phaseSumming {
			p.phase = phaseReady // what is dead goes with the next sweep
			return
		}
		p.keptAt, p.since, p.sweeping = now, 0, true
		p.do(sweepStore{p.log.clone()})
	}
	p.advance()
}

// taken says that another process wrote the record of this number first.
func (p *protocol) taken(now time.Time, by error) {
	if !p.step(now) {
		return
	}
	if p.phase == phaseTerm {
		// Somebody is in charge, or wants to be. The newest wins: obey what was
		// written meanwhile, and try again.
		p.begin(now)
		return
	}
	p.fail(by)
}

// looked answers lookAtHead.
func (p *protocol) looked(now time.Time, err error) {
	if !p.step(now) {
		return
	}
	p.errand, p.lookedAt = nil, now
	if _, fenced := asFenced(err); fenced || fault.Incurable(err) {
		p.fail(err)
		return
	}
	p.advance() // a store that is away for a while is no reason to end
}
