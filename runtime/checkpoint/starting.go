package checkpoint

import (
	"time"
)

// begin starts: read the log, see that what is to be restored is whole, take a
// term, commit the newest decided checkpoint, abort everything else, record the
// generation. Nothing is written before the checkpoint was found to be whole,
// so that a copy that cannot start does not stop one that runs.
func (p *protocol) begin(now time.Time) {
	p.now, p.phase = now, phaseReading
	p.commit, p.restored = nil, nil
	p.send("the decision log cannot be read", readLog{})
}

// logRead answers readLog.
func (p *protocol) logRead(now time.Time, h history) {
	if !p.step(now) {
		return
	}
	p.errand, p.log = nil, h
	commit, restore := h.find(h.Unresolved), h.restorePoint()
	if commit == nil && restore == nil {
		p.takeTerm()
		return
	}
	p.phase = phaseLoading
	p.send("the checkpoint cannot be read", loadManifests{commit, restore})
}

// loaded answers loadManifests.
func (p *protocol) loaded(now time.Time, commit, restore *Manifest) {
	if !p.step(now) {
		return
	}
	p.errand, p.commit, p.restored = nil, commit, restore
	if p.nonce == "" {
		p.takeTerm()
	} else {
		p.abort()
	}
}

func (p *protocol) takeTerm() {
	p.phase = phaseTerm
	p.append("the term cannot be recorded", record{Kind: kindTerm, Term: p.log.Term + 1})
}

// resolve finishes the commits of the newest decided checkpoint, which its
// coordinator may not have come to.
func (p *protocol) resolve() {
	if p.commit == nil {
		p.abort()
		return
	}
	p.phase = phaseResolving
	p.send("the output of the newest checkpoint cannot be committed yet",
		commitOutput{p.head(), p.commit.Checkpoint, p.commit.Committables})
}

// voided goes back to the checkpoint before one that lost all its output. A job
// that runs has to start again for that.
func (p *protocol) voided() {
	if p.phase == phaseRunning {
		p.fail(p.reason)
		return
	}
	p.commit, p.restored = nil, nil
	if restore := p.log.restorePoint(); restore != nil {
		p.phase = phaseLoading
		p.send("the checkpoint before it cannot be read", loadManifests{nil, restore})
		return
	}
	p.abort()
}

// abort ends whatever earlier generations left open. What the newest decided
// checkpoint lists stays as it is.
func (p *protocol) abort() {
	p.phase = phaseRecovering
	keep := p.commit
	if keep == nil && p.log.RewindTo == "" {
		keep = p.restored
	}
	a := recoverSinks{head: p.head(), generation: p.log.Generation + 1}
	if keep != nil {
		a.keep = keep.Committables
	}
	p.send("what earlier generations left open cannot be aborted yet", a)
}

// recovered answers recoverSinks.
func (p *protocol) recovered(now time.Time) {
	if !p.step(now) {
		return
	}
	p.errand, p.commit, p.phase = nil, nil, phaseGeneration
	g := &generation{
		Number: p.log.Generation + 1, First: p.log.Triggered + 1,
		Graph: p.graph, KeyGroups: p.keyGroups, Parallelism: p.parallelism,
	}
	if p.restored != nil {
		g.Restored = p.restored.Identity
	}
	p.append("the generation cannot be recorded", record{Kind: kindGeneration, Generation: g})
}

// run says that the job runs: checkpoints may be triggered from now on.
func (p *protocol) run(now time.Time) {
	if !p.step(now) {
		return
	}
	p.phase, p.nextAt = phaseRunning, now.Add(p.every)
	p.advance()
}
