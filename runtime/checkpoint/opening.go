package checkpoint

import (
	"fmt"
	"slices"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// opening is a checkpoint from its trigger to its end. There is one at a time:
// the next is triggered when this one is resolved or recorded as abandoned, so
// that no number beyond the next is ever in use, and the record of a checkpoint
// is written only when the one before it is resolved.
type opening struct {
	number   uint64
	identity string
	at       time.Time
	deadline time.Time
	stage    stage
	requests []request // answered when it is resolved
	final    bool

	snapshots map[TaskID]TaskSnapshot
	carried   []carried // what it took from the pool
	manifest  *Manifest
	entry     entry
	reason    error // why it is abandoned
}

// stage is how far a checkpoint has come.
type stage int

const (
	stageCollecting stage = iota // waits for tasks
	stageWriting                 // for its manifest
	stageDeciding                // for the record that decides it
	stageCommitting              // for its output
	stageClosing                 // for the record that it is resolved, of a final one
	stageAbandoning              // for the record that it is abandoned
)

// trigger begins a checkpoint, for everyone who has asked for one.
func (p *protocol) trigger() {
	n := p.next
	p.next++
	o := &opening{
		number: n, at: p.now, deadline: p.now.Add(p.timeout),
		identity:  identity{n, p.log.Generation, p.log.Term, p.nonce}.String(),
		requests:  p.requests,
		final:     slices.ContainsFunc(p.requests, func(r request) bool { return r.final }),
		snapshots: make(map[TaskID]TaskSnapshot, len(p.tasks)),
	}
	p.open, p.requests = o, nil
	p.nextAt = p.now.Add(p.every)
	p.do(triggerTasks{n})
	p.collect()
}

// ack is what a task held at the barrier of checkpoint n.
func (p *protocol) ack(now time.Time, n uint64, task TaskID, s TaskSnapshot) {
	if !p.step(now) || !p.reports(n, task) {
		return
	}
	if o := p.open; o != nil && o.number == n && o.stage == stageCollecting {
		o.snapshots[task] = s
		p.collect()
		return
	}
	// It was abandoned meanwhile, but the task has taken its cut.
	p.pool.add(0, s.Committables)
}

// decline is a task's refusal of checkpoint n.
func (p *protocol) decline(now time.Time, n uint64, task TaskID, reason error) {
	if !p.step(now) || !p.reports(n, task) {
		return
	}
	if o := p.open; o != nil && o.number == n && o.stage == stageCollecting {
		p.abandon(fmt.Errorf("%s, subtask %d: %w", task.Chain, task.Subtask, reason))
	}
}

// reports notes that a task reports on checkpoint n, and says whether that is
// news. A task reports in the order of the numbers, on each at most once.
func (p *protocol) reports(n uint64, task TaskID) bool {
	if n >= p.next || n <= p.reported[task] {
		return false
	}
	p.reported[task] = n
	return true
}

// taskEnded is what a task held when it was over.
func (p *protocol) taskEnded(now time.Time, task TaskID, last TaskSnapshot) {
	if !p.step(now) {
		return
	}
	if _, again := p.ended[task]; again {
		return
	}
	var from uint64
	if o := p.open; o != nil && o.stage != stageAbandoning && p.reported[task] >= o.number {
		from = o.number + 1 // what came after its barrier
	}
	p.pool.add(from, last.Committables)
	last.Committables = nil
	p.ended[task] = last
	p.collect()
}

// collect writes the manifest when every task has reported or is over.
func (p *protocol) collect() {
	o := p.open
	if o == nil || o.stage != stageCollecting {
		return
	}
	snapshots := make([]TaskSnapshot, 0, len(p.tasks))
	for _, task := range p.tasks {
		s, ok := o.snapshots[task]
		if !ok {
			s, ok = p.ended[task]
		}
		if !ok {
			return
		}
		snapshots = append(snapshots, s)
	}
	o.stage, o.carried = stageWriting, p.pool.take(o.number)
	o.manifest = &Manifest{
		Format: format, Job: p.job, Checkpoint: o.number, Identity: o.identity, Parent: p.log.Tip,
		Term: p.log.Term, Generation: p.log.Generation, At: o.at.UTC(),
		Graph: p.graph, KeyGroups: p.keyGroups, Parallelism: p.parallelism,
		Savepoint: o.savepoint(),
	}
	o.manifest.assemble(snapshots, o.carried)
	p.send("the manifest cannot be written", writeManifest{o.manifest, o.deadline})
}

// savepoint says whether anyone who waits for it wants it kept.
func (o *opening) savepoint() bool {
	return slices.ContainsFunc(o.requests, func(r request) bool { return !r.final })
}

// manifestWritten answers writeManifest: the checkpoint can be decided.
func (p *protocol) manifestWritten(now time.Time, f File) {
	if !p.step(now) {
		return
	}
	o, m := p.open, p.open.manifest
	o.stage = stageDeciding
	o.entry = entry{
		Number: o.number, Identity: o.identity, Parent: m.Parent, Generation: m.Generation, At: m.At,
		Savepoint: m.Savepoint, Ended: m.Ended, Output: len(m.Committables) > 0, Manifest: f, Bytes: m.size() + f.Size,
	}
	p.append("the decision cannot be recorded", record{Kind: kindDecided, Checkpoint: &o.entry})
}

// decided: the output is committed now, whatever happens to this process.
func (p *protocol) decided() {
	o := p.open
	o.carried, o.snapshots = nil, nil
	p.allEnded = o.entry.Ended
	if !o.entry.Output {
		p.close()
		return
	}
	o.stage = stageCommitting
	p.send("the output of the checkpoint cannot be committed yet", commitOutput{p.head(), o.number, o.manifest.Committables})
}

// close comes when everything that is decided is also committed.
func (p *protocol) close() {
	o := p.open
	p.log.Unresolved = ""
	if o.final {
		// So that a start much later need not ask the sinks what became of it, and
		// the numbers go on without a gap.
		o.stage = stageClosing
		p.append("the end cannot be recorded", record{Kind: kindResolved, Subject: o.identity})
		return
	}
	p.resolved()
}

// resolved ends a checkpoint well.
func (p *protocol) resolved() {
	o := p.open
	if o.final {
		p.finished = o.number
	}
	p.open, p.failures, p.reason = nil, 0, nil
	p.since++
	p.pause()
	took := p.now.Sub(o.at)
	p.stats.Completed++
	p.stats.Last = &jobapi.Checkpoint{ID: o.number, At: o.entry.At, Duration: took, Bytes: o.entry.Bytes, Savepoint: o.entry.Savepoint}
	p.do(completed{o.entry, took})
	for _, r := range o.requests {
		p.do(answer{r.id, o.number, nil})
	}
	if p.finished != 0 {
		p.answerLeft()
	}
}

// pause puts the next trigger off after the end of a checkpoint.
func (p *protocol) pause() {
	if at := p.now.Add(p.minPause); at.After(p.nextAt) {
		p.nextAt = at
	}
}
