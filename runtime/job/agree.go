package job

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// side is one side of a job's edge: its sources or its sinks, as the code and
// the config see them.
type side struct {
	kind string // "source", "sink"
	call string // how code names one: "stream.From", ".To"
	// asked are the names in the code with the places that name them.
	asked map[string][]string
	// given are the names in the config with their places.
	given map[string]string
	// needed are names that the config itself uses, for rejected records.
	needed map[string]bool
	// whole says that the code was understood to its end: only then is a name
	// that it does not ask for one that it never would.
	whole bool
}

// agree returns every name that only the code or only the config knows. Both
// are faults: the first has no data, and the second is data that somebody
// believes is being read or written.
func (s side) agree() fault.List {
	var faults fault.List
	given := slices.Sorted(maps.Keys(s.given))
	for _, name := range slices.Sorted(maps.Keys(s.asked)) {
		if _, ok := s.given[name]; ok {
			continue
		}
		has := "the config has no " + s.kind + "s"
		if len(given) > 0 {
			has = fmt.Sprintf("the config has %s", strings.Join(given, ", "))
		}
		faults = append(faults, &fault.Error{
			Where:     strings.Join(s.asked[name], ", "),
			What:      fmt.Sprintf("the code names %s %q, which is not in the config%s", s.kind, name, suggest(name, given)),
			Do:        fmt.Sprintf("%s; add %ss.%s to spaas.yaml", has, s.kind, name),
			Incurable: true,
		})
	}
	asked := slices.Sorted(maps.Keys(s.asked))
	for _, name := range given {
		if _, ok := s.asked[name]; ok || s.needed[name] || !s.whole {
			continue
		}
		faults = append(faults, &fault.Error{
			Where:     s.given[name],
			What:      fmt.Sprintf("%s %q is in the config, but the code never names it%s", s.kind, name, suggest(name, asked)),
			Do:        fmt.Sprintf("name it in Build with %s, or take it out of spaas.yaml", s.call),
			Incurable: true,
		})
	}
	return faults
}
