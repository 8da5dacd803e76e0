package checkpoint

import (
	"fmt"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// abandon gives a checkpoint up. Tasks that wait for its barriers go on at once;
// the number is used up before the next is triggered.
func (p *protocol) abandon(reason error) {
	o := p.open
	o.stage, o.reason = stageAbandoning, reason
	p.do(cancelTasks{o.number})
	p.append("it cannot be recorded that the checkpoint is abandoned", o.abandonRecord())
}

func (o *opening) abandonRecord() record {
	return record{Kind: kindAbandoned, Abandoned: &abandoned{o.number, o.reason.Error()}}
}

// abandoned: it can never be decided any more. What it would have committed
// goes into the next.
func (p *protocol) abandoned() {
	o := p.open
	if o.stage == stageDeciding {
		p.do(cancelTasks{o.number})
	}
	p.pool.giveBack(o.carried)
	for _, task := range p.tasks {
		p.pool.add(0, o.snapshots[task].Committables)
	}
	p.open = nil
	p.failures++
	p.reason = o.reason
	p.stats.Abandoned++
	p.pause()
	p.retryAt = p.now.Add(backoff(p.failures - 1))
	p.do(gaveUp{o.number, o.reason})
	p.requests = append(o.requests, p.requests...)
	switch {
	case fault.Incurable(o.reason):
		p.fail(fmt.Errorf("checkpoint %d was abandoned: %w", o.number, o.reason))
	case p.failures >= p.maxFailures:
		p.fail(&fault.Error{
			What: fmt.Sprintf("%d checkpoints in a row were abandoned, the last was %d", p.failures, o.number), Err: o.reason,
			Do: "see why in the log; if checkpoints only take long, raise checkpoint.timeout",
		})
	}
}

// late says who kept a checkpoint from being complete in time.
func (p *protocol) late() error {
	var missing []string
	for _, task := range p.tasks {
		_, acked := p.open.snapshots[task]
		if _, ended := p.ended[task]; !acked && !ended {
			missing = append(missing, fmt.Sprintf("%s/%d", task.Chain, task.Subtask))
		}
	}
	return fmt.Errorf("not complete within %s: waits for %d of %d tasks, %s",
		p.timeout, len(missing), len(p.tasks), shortened(missing))
}

// shortened is a list for people.
func shortened(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " …"
	}
	return strings.Join(names, ", ")
}
