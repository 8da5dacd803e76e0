package checkpoint

import "time"

// retain returns the checkpoints that live on: those that Keep asks for,
// savepoints and pinned ones, and whatever Keep says the newest of the lineage
// and the one before it, which is restored if the newest turns out to be void.
// Checkpoints of an abandoned lineage age like all others: a rewind can be undone.
func (k Keep) retain(h *history, now time.Time) []entry {
	always := map[string]bool{h.Tip: true, h.RewindTo: true}
	if tip := h.find(h.Tip); tip != nil {
		always[tip.Parent] = true
	}
	hourly, daily := lastOfEach(h.Checkpoints, time.Hour), lastOfEach(h.Checkpoints, 24*time.Hour)
	var kept []entry
	for _, e := range h.Checkpoints {
		age := now.Sub(e.At)
		if e.Savepoint || e.Pinned || always[e.Identity] || age <= k.All ||
			age <= k.Hourly && hourly[e.Identity] || age <= k.Daily && daily[e.Identity] {
			kept = append(kept, e)
		}
	}
	return kept
}

// lastOfEach returns the identities of the last checkpoint of each hour or day
// (UTC). The order is that of the log, whatever clocks said.
func lastOfEach(all []entry, length time.Duration) map[string]bool {
	last := map[time.Time]string{}
	for _, e := range all {
		last[e.At.UTC().Truncate(length)] = e.Identity
	}
	identities := map[string]bool{}
	for _, identity := range last {
		identities[identity] = true
	}
	return identities
}
