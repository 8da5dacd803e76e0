package checkpoint

import (
	"flag"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

var (
	worlds = flag.Int("worlds", 2000, "how many worlds the protocol is tried in")
	seed   = flag.Uint64("seed", 0, "seed of the first world; 0: a new one")
)

const worldSteps = 1500

// explore lets a world go on for a while and returns the first rule that was broken.
func explore(w *world, steps int) error {
	for range steps {
		if w.step(); w.trouble != nil {
			return w.trouble
		}
	}
	return w.settle()
}

// The rules of the protocol hold in every interleaving. Each world is a few
// copies of a job that are started, killed, delayed and failed at random.
func TestProtocol(t *testing.T) {
	first := *seed
	if first == 0 {
		first = rand.Uint64()
	}
	var all checks
	all.kinds = map[kind]int{}
	steps := 0
	for i := range uint64(*worlds) {
		r := rand.New(rand.NewPCG(first+i, 0))
		w := newWorld(r.IntN, nil)
		if err := explore(w, worldSteps); err != nil {
			t.Fatalf("%v\nagain with: go test ./runtime/checkpoint -run TestProtocol$ -worlds 1 -seed %d", err, first+i)
		}
		steps += worldSteps
		all.completed += w.checks.completed
		all.late += w.checks.late
		all.fenced += w.checks.fenced
		for k, n := range w.checks.kinds {
			all.kinds[k] += n
		}
	}
	t.Logf("seed %d: %d worlds, %d steps, %d checkpoints completed, %d copies fenced, %d late writes, records %v",
		first, *worlds, steps, all.completed, all.fenced, all.late, all.kinds)
	// A world in which nothing happens keeps every rule.
	for _, k := range []kind{kindTerm, kindGeneration, kindDecided, kindAbandoned, kindResolved, kindVoid, kindRewind, kindPin, kindKept} {
		if *worlds >= 1000 && all.kinds[k] < *worlds/20 {
			t.Errorf("only %d records of kind %s in %d worlds", all.kinds[k], k, *worlds)
		}
	}
}

// The same, for a short way to what was found: rapid leaves out steps.
func TestProtocolShrinks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "") }
		if err := explore(newWorld(draw, nil), 100+draw(400)); err != nil {
			t.Fatal(err)
		}
	})
}
