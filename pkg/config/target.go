package config

import "strings"

// Target is where a job is to run, as far as references are concerned.
type Target int

// The targets.
const (
	OffNomad Target = iota // a process of its own, on somebody's machine
	OnNomad                // a task of a Nomad job
)

// Referenced is a reference that a config holds.
type Referenced struct {
	Reference
	Path  string // of the key that holds it
	Where string // file:line:column
	at    place
}

// References lists the references that the job needs: its own, and those of the
// Kafka clusters that its sources and sinks name.
func (l *Loaded) References() []Referenced {
	var all []Referenced
	collect := func(path string, e *entry) {
		e.value.each(path, func(path string, n *node) {
			refs, _ := parseReferences(n.text) // the malformed were refused by Load
			for _, ref := range refs {
				all = append(all, Referenced{ref, path, n.at.String(), n.at})
			}
		})
	}
	if e := l.merged.find("properties"); e != nil {
		collect("properties", e)
	}
	for _, cluster := range l.Clusters() {
		if e := l.platform.find("kafka." + cluster); e != nil {
			collect("kafka."+cluster, e)
		}
	}
	return all
}

// Clusters are the Kafka clusters that are read or written, each once.
func (l *Loaded) Clusters() []string {
	var names []string
	seen := map[string]bool{}
	for _, side := range []string{"sources", "sinks"} {
		for _, e := range l.merged.get(side).children() {
			name := e.value.get("kafka").get("cluster").words()
			if e.value.get("connector").words() == "kafka" && name != "" && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// each visits every scalar under a node with its path.
func (n *node) each(path string, visit func(path string, n *node)) {
	switch n.kind {
	case block:
		for _, e := range n.entries {
			e.value.each(join(path, e.key), visit)
		}
	case list:
		for _, item := range n.items {
			item.each(path, visit)
		}
	case text:
		visit(path, n)
	}
}

// Unresolvable is a [fault.List] of every reference that the target has no way
// to resolve, whatever it stands for; nil when there is none.
func (l *Loaded) Unresolvable(t Target) error {
	var found faults
	for _, ref := range l.References() {
		what, do := "", ""
		switch {
		case t == OffNomad && ref.Kind == NomadReference:
			what, do = "a Nomad variable, which only a Nomad task can read", "off Nomad, give a platform document with ${env:NAME} or ${file:path}"
		case t == OnNomad && ref.Kind == EnvReference:
			what, do = "an environment variable, and a Nomad task has none of yours", "keep it in a Nomad variable: ${nomad:nomad/jobs#"+strings.ToLower(ref.Name)+"}"
		default:
			continue
		}
		found.add(ref.at, do, "%s: %s is %s", ref.Path, ref.Reference, what)
	}
	return found.err()
}
