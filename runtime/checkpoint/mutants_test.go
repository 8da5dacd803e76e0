package checkpoint

import (
	"math"
	"math/rand/v2"
	"testing"
)

// mutant is a copy with one rule broken on purpose.
type mutant struct {
	name string
	// action sees what the protocol wants done, may change it, and returns true
	// if nothing remains to be done.
	action func(c *copyOf, a *action) bool
	// event sees the protocol after everything that happens.
	event func(c *copyOf)
	blind bool // acts on a record that is not the newest
	deaf  bool // drops a report on a checkpoint that is over
}

var mutants = []mutant{
	{name: "decides before every task has reported", action: func(c *copyOf, a *action) bool {
		if _, ok := (*a).(triggerTasks); ok && c.open != nil {
			c.open.snapshots[taskName(0)] = TaskSnapshot{}
		}
		return false
	}},
	{name: "commits before the decision is recorded", action: func(c *copyOf, a *action) bool {
		if r, ok := (*a).(appendRecord); ok && r.record.Kind == kindDecided {
			for _, x := range c.world.of(c.open.manifest) {
				c.world.commit(x, c.open.number)
			}
		}
		return false
	}},
	{name: "decides the next checkpoint before the last is committed", action: func(c *copyOf, a *action) bool {
		_, ok := (*a).(commitOutput)
		if ok = ok && c.phase == phaseRunning; ok {
			c.committed(c.world.now, nil)
		}
		return ok
	}},
	{name: "starts before the newest checkpoint is committed", action: func(c *copyOf, a *action) bool {
		_, ok := (*a).(commitOutput)
		if ok = ok && c.phase == phaseResolving; ok {
			c.committed(c.world.now, nil)
		}
		return ok
	}},
	{name: "aborts before it commits", action: func(c *copyOf, a *action) bool {
		if _, ok := (*a).(commitOutput); ok && c.phase == phaseResolving {
			c.world.abort(c.log.Generation+1, nil)
		}
		return false
	}},
	{name: "aborts what is not older than its generation", action: func(c *copyOf, a *action) bool {
		if r, ok := (*a).(recoverSinks); ok {
			r.generation, r.head.head = math.MaxUint64, math.MaxUint64
			*a = r
		}
		return false
	}},
	{name: "forgets what an abandoned checkpoint would have committed", event: func(c *copyOf) { c.pool = nil }},
	{name: "takes the output after a barrier into its checkpoint", event: func(c *copyOf) {
		for i := range c.pool {
			c.pool[i].from = 0
		}
	}},
	{name: "drops a report that comes late", deaf: true},
	{name: "uses a number again", event: func(c *copyOf) {
		if c.phase == phaseReady && c.next > 1 && c.next == c.log.Triggered {
			c.next--
		}
	}},
	{name: "acts though it is not the newest", blind: true},
	{name: "gives up a decision without taking its place", action: func(c *copyOf, a *action) bool {
		if _, ok := (*a).(retrying); ok && c.open != nil && c.open.stage == stageDeciding {
			c.protocol.errand = nil
			c.abandoned()
		}
		return false
	}},
	{name: "declares the newest checkpoint dead", action: func(c *copyOf, a *action) bool {
		if r, ok := (*a).(appendRecord); ok && r.record.Kind == kindKept {
			kept := r.record.Kept.clone()
			kept.Checkpoints = nil
			r.record.Kept = &kept
			*a = r
		}
		return false
	}},
}

// A property test that has never failed proves nothing: each of these breaks
// one rule, and the worlds must notice.
func TestWorldsNoticeMutants(t *testing.T) {
	const most = 20_000
	first := rand.Uint64()
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			for i := range uint64(most) {
				r := rand.New(rand.NewPCG(first+i, 0))
				if err := explore(newWorld(r.IntN, &m), worldSteps); err != nil {
					t.Logf("world %d: %v", i+1, err)
					return
				}
			}
			t.Errorf("not noticed in %d worlds from seed %d", most, first)
		})
	}
}
