package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rules are what the keys of a config must be to each other, and to the
// platform document. A key that was refused already is silent here.
type rules struct {
	*Loaded
	o      Options
	faults *faults
}

func (r *rules) check() {
	for _, name := range slices.Sorted(maps.Keys(r.Job.Sources)) {
		source, path := r.Job.Sources[name], "sources."+name
		if r.merged.find(path) == nil {
			continue // a name with a dot, which is refused
		}
		r.connector(path, source.Connector, jobShape.field("sources").shape.elem)
		if k := source.Kafka; k != nil {
			r.cluster(path+".kafka", k.Cluster, k.Brokers)
		}
		if g := source.Generator; g != nil && g.Late > 0 && g.LateBy == 0 {
			r.add(path+".generator.late", "late_by: by how much late records are late", "%s.generator.late_by is missing beside late", path)
		}
		if to := source.OnError.To; to != "" {
			if _, ok := r.Job.Sinks[to]; !ok {
				r.add(path+".on_error.to", r.among(to, "sinks"), "%s.on_error: there is no sink %s", path, show(to))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Job.Sinks)) {
		sink, path := r.Job.Sinks[name], "sinks."+name
		if r.merged.find(path) == nil {
			continue
		}
		r.connector(path, sink.Connector, jobShape.field("sinks").shape.elem)
		if k := sink.Kafka; k != nil {
			r.cluster(path+".kafka", k.Cluster, k.Brokers)
		}
		if sink.OnBackfill == "replace" && sink.Connector != "file" {
			r.add(path+".on_backfill", "mute or append", "%s.on_backfill: what %s has written cannot be replaced", path, sink.Connector)
		}
	}
	if n, most := r.Job.Resources.Parallelism, r.Job.State.KeyGroups; n > most && most > 0 {
		r.add("resources.parallelism", "raise state.key_groups before the first checkpoint, or lower the parallelism",
			"resources.parallelism: %d subtasks cannot share %d key groups", n, most)
	}
	r.loops()
	r.named("checkpoint.store", "store", r.Job.Checkpoint.Store, r.platform.get("stores"))
	// A document that says nothing of security groups says nothing against one:
	// they matter to a deployment, and it looks them up again.
	if groups := r.platform.get("security_groups"); groups != nil {
		for _, group := range r.Job.SecurityGroups {
			r.named("security_groups", "security group", group, groups)
		}
	}
	r.clusters()
}

// add notes a fault where a path has its value.
func (r *rules) add(path, do, format string, args ...any) {
	r.faults.add(r.place(path), do, format, args...)
}

// place is where a path has its value, or else the nearest block around it that
// stands in a document.
func (r *rules) place(path string) place {
	for path != "" {
		if e := r.merged.find(path); e != nil && e.place().source != nil {
			return e.place()
		}
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	return r.merged.at
}

// among is what to do about a name that is none of the job's sources or sinks.
func (r *rules) among(name, side string) string {
	var names []string
	for _, e := range r.merged.get(side).children() {
		names = append(names, e.key)
	}
	if len(names) == 0 {
		return "the job has no " + side
	}
	return nearest(name, names)
}

// connector checks that the block of the chosen connector is there when it has
// keys that are required.
func (r *rules) connector(path, connector string, s *shape) {
	f := s.field(connector)
	if f == nil {
		return // missing or unknown, and said so
	}
	if e := r.merged.find(join(path, connector)); e != nil && e.at.source != nil {
		return
	}
	var needs []string
	for _, key := range f.shape.fields {
		if key.required {
			needs = append(needs, key.name)
		}
	}
	if len(needs) > 0 {
		r.add(path+".connector", "it needs at least "+strings.Join(needs, ", "),
			"%s is missing: the connector is %s", join(path, connector), connector)
	}
}

// cluster checks how a Kafka block says where its topic is.
func (r *rules) cluster(path, cluster string, brokers []string) {
	if e := r.merged.find(path); e.at.source == nil || e.value.kind != block {
		return // it is missing, or no block, and said so
	}
	said := func(key string) bool { return r.merged.find(join(path, key)) != nil }
	switch {
	case said("cluster") && said("brokers"):
		r.add(path+".brokers", "leave one out; in an environment, null unsets what spaas.yaml says",
			"%s has a cluster and brokers", path)
	case !said("cluster") && !said("brokers"):
		r.faults.add(r.place(path), "cluster: a name of the platform document, or brokers: [host:port]",
			"%s has neither a cluster nor brokers", path)
	default:
		r.named(path+".cluster", "Kafka cluster", cluster, r.platform.get("kafka"))
	}
}

// named checks a name that the platform document defines.
func (r *rules) named(path, what, name string, defined *node) {
	if name == "" || defined.get(name) != nil {
		return
	}
	switch {
	case r.o.Platform != "" && r.platform == nil:
		// The document could not be read, which is said.
	case r.o.Platform != "":
		var names []string
		for _, e := range defined.children() {
			names = append(names, e.key)
		}
		do := nearest(name, names)
		if len(names) == 0 {
			do = fmt.Sprintf("the platform document defines no %s", what)
		}
		r.add(path, do, "%s: %s has no %s %s", path, r.o.shown(r.o.path(r.o.Platform)), what, show(name))
	case !r.o.PlatformLater:
		do := "pass --platform FILE"
		if what == "Kafka cluster" {
			do += ", or name brokers: [host:port] in its place"
		}
		r.add(path, do, "%s: the %s %s is defined in the platform document, and none is given", path, what, show(name))
	}
}

// clusters checks the clusters of the platform document.
func (r *rules) clusters() {
	for _, e := range r.platform.get("kafka").children() {
		tls := e.value.entry("tls")
		if tls == nil || tls.value.kind != block {
			continue
		}
		if cert, key := tls.value.entry("cert"), tls.value.entry("key"); (cert == nil) != (key == nil) {
			r.faults.add(tls.at, "a client proves itself with both", "kafka.%s.tls has only one of cert and key", e.key)
		}
	}
}
