package engine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// fits reports everything of a checkpoint that has no place in this graph. What
// its rows are made of is seen when they are read.
func (r *Run) fits(m *checkpoint.Manifest) error {
	var faults fault.List
	unfit := func(do, what string, args ...any) {
		faults = append(faults, &fault.Error{
			Where: fmt.Sprintf("checkpoint %d", m.Checkpoint), What: fmt.Sprintf(what, args...), Do: do, Incurable: true,
		})
	}
	if m.KeyGroups != r.o.KeyGroups {
		unfit(fmt.Sprintf("set state.key_groups back to %d: it is fixed by the first checkpoint", m.KeyGroups),
			"it has %d key groups, the config says %d", m.KeyGroups, r.o.KeyGroups)
	}
	windows := map[string]*Node{}
	for _, n := range r.graph.Nodes {
		if n.Kind == KindWindow {
			windows[n.Name] = n
		}
	}
	names := slices.Sorted(maps.Keys(windows))
	for _, operator := range slices.Sorted(maps.Keys(m.Operators)) {
		n, ok := windows[operator]
		if !ok {
			do := "name the operator in the code as it was, or start over from nothing"
			if near := fault.DidYouMean(operator, names); near != "" {
				do = near + " " + do
			}
			unfit(do, "it holds state of operator %q, which the code does not have", operator)
			continue
		}
		if parts := m.Operators[operator]; len(parts) > 0 && parts[0].Window != n.Window {
			// An open window would end before or after the events that are in it.
			was := config.Duration(parts[0].Window)
			unfit(fmt.Sprintf("make them %v again (%s), or start over: by another name for the operator, or from nothing", was, n.Site),
				"the windows of %q are %v long in it, and %v now", operator, was, config.Duration(n.Window))
		}
	}
	for _, sink := range slices.Sorted(maps.Keys(m.Committables)) {
		if _, ok := r.o.Sinks[sink]; !ok && len(m.Committables[sink]) > 0 {
			unfit("put the sink back, let one checkpoint pass, then take it out",
				"it holds results for sink %q that may not be visible yet, and the job no longer has that sink", sink)
		}
	}
	for _, source := range slices.Sorted(maps.Keys(m.Sources)) {
		if !slices.ContainsFunc(r.sources, func(s *sourceRun) bool { return s.name == source }) {
			r.o.Log.Warn("the checkpoint knows a source that the code does not have; where it was is forgotten", "source", source, "checkpoint", m.Checkpoint)
		}
	}
	return faults.Err()
}
