package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// Named are the sources and sinks that the code of a job names, each with the
// places, file:line, that name it.
type Named struct {
	Sources, Sinks map[string][]string
	// Partial says that the code was not understood to its end: a name that it
	// does not ask for may be one that it would.
	Partial bool
}

// Agree returns a fault for every source and sink that only the code or only
// the config knows. The first would have no data, and the second is data that
// somebody believes is being read or written.
func (l *Loaded) Agree(code Named) fault.List {
	sources := side{kind: "source", call: "stream.From", asked: code.Sources, given: map[string]string{}, partial: code.Partial}
	sinks := side{kind: "sink", call: ".To", asked: code.Sinks, given: map[string]string{}, needed: map[string]bool{}, partial: code.Partial}
	for name, s := range l.Job.Sources {
		sources.given[name] = l.Where("sources." + name)
		sinks.needed[s.OnError.To] = true
	}
	for name := range l.Job.Sinks {
		sinks.given[name] = l.Where("sinks." + name)
	}
	return append(sources.agree(), sinks.agree()...)
}

// side is one side of a job's edge: its sources or its sinks.
type side struct {
	kind string // "source", "sink"
	call string // how code names one: "stream.From", ".To"
	// asked are the names in the code with the places that name them.
	asked map[string][]string
	// given are the names in the config with their places.
	given map[string]string
	// needed are names that the config itself uses, for rejected records.
	needed  map[string]bool
	partial bool // asked are not all
}

func (s side) agree() fault.List {
	var faults fault.List
	given := slices.Sorted(maps.Keys(s.given))
	for _, name := range slices.Sorted(maps.Keys(s.asked)) {
		if _, ok := s.given[name]; ok {
			continue
		}
		has := "the config has no " + s.kind + "s"
		if len(given) > 0 {
			has = "the config has " + strings.Join(given, ", ")
		}
		faults = append(faults, &fault.Error{
			Where:     strings.Join(s.asked[name], ", "),
			What:      fmt.Sprintf("the code names %s %q, which is not in the config%s", s.kind, name, fault.Meant(name, given)),
			Do:        fmt.Sprintf("%s; add %ss.%s to spaas.yaml", has, s.kind, name),
			Incurable: true,
		})
	}
	asked := slices.Sorted(maps.Keys(s.asked))
	for _, name := range given {
		if _, ok := s.asked[name]; ok || s.needed[name] || s.partial {
			continue
		}
		faults = append(faults, &fault.Error{
			Where:     s.given[name],
			What:      fmt.Sprintf("%s %q is in the config, but the code never names it%s", s.kind, name, fault.Meant(name, asked)),
			Do:        fmt.Sprintf("name it in Build with %s, or take it out of spaas.yaml", s.call),
			Incurable: true,
		})
	}
	return faults
}
