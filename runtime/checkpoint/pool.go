package checkpoint

import "encoding/json"

// carried are pre-commits that are in no decided checkpoint yet: those of a
// checkpoint that was abandoned after the task had taken its cut, and those of
// a task that is over. Each goes into the next checkpoint that may hold it, and
// into no other: left out, output of events that no restore replays would be
// lost; taken twice, it would be committed of a checkpoint that is void.
type carried struct {
	from         uint64 // the first checkpoint that may hold them
	committables map[string][]json.RawMessage
}

// pool holds what is carried, oldest first.
type pool []carried

// add puts pre-commits into the pool.
func (p *pool) add(from uint64, committables map[string][]json.RawMessage) {
	for _, all := range committables {
		if len(all) > 0 {
			*p = append(*p, carried{from, committables})
			return
		}
	}
}

// take removes and returns what may go into checkpoint n.
func (p *pool) take(n uint64) []carried {
	var taken, left []carried
	for _, c := range *p {
		if c.from <= n {
			taken = append(taken, c)
		} else {
			left = append(left, c)
		}
	}
	*p = left
	return taken
}

// giveBack returns what was taken for a checkpoint that was abandoned.
func (p *pool) giveBack(taken []carried) { *p = append(taken, *p...) }
