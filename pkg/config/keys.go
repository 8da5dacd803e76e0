package config

import (
	"strings"
)

// Key is one key of the config: what each layer says and what is in force.
type Key struct {
	Path      string // YAML path: "sources.clicks.kafka.topic"
	Template  string // what spaas.yaml says; "" with HasTemplate false: nothing
	Override  string // what the strongest layer above says; "null" unsets
	Effective string // "" with HasEffective false: there is no value
	From      string // file:line, "platform: kafka-prod", "live: ana, …", "--set", "default"

	HasTemplate, HasOverride, HasEffective bool

	// Layer is that of From. A key of LayerPlatform is none of the job's: it says
	// what the platform document has for a name, as "sources.clicks.kafka.(cluster).brokers".
	Layer Layer
	// Essential keys are those a person looks for first.
	Essential bool
}

// Differs reports whether the value in force is another than the template's.
func (k Key) Differs() bool {
	return k.HasOverride || k.HasTemplate && k.Template != k.Effective
}

// keyer lists the keys of a config.
type keyer struct {
	*Loaded
	keys []Key
}

func keysOf(l *Loaded) []Key {
	k := &keyer{Loaded: l}
	k.walk("", jobShape, nil)
	return k.keys
}

// walk lists what is under a path, in the order of the model; names in the
// order of the template.
func (k *keyer) walk(path string, s *shape, f *field) {
	inForce := k.merged
	if path != "" {
		inForce = k.merged.find(path).valueOf()
	}
	switch {
	case s.isMap():
		for _, name := range k.names(path, inForce) {
			k.walk(join(path, name), s.elem, f)
		}
	case s.isBlock() && s.word == nil && inForce != nil:
		for _, sub := range s.fields {
			k.walk(join(path, sub.name), sub.shape, sub)
		}
		if f != nil && f.name == "kafka" {
			k.cluster(path, inForce)
		}
	case s.isBlock() && s.word == nil && !k.said(path):
		// a block that nobody mentions has no keys
	default:
		k.add(path, f)
	}
}

func (e *entry) valueOf() *node {
	if e == nil {
		return nil
	}
	return e.value
}

// names are the names of a map in force, then those that were unset.
func (k *keyer) names(path string, inForce *node) []string {
	var names []string
	for _, e := range inForce.children() {
		names = append(names, e.key)
	}
	for _, e := range k.template.find(path).valueOf().children() {
		if inForce.get(e.key) == nil && e.value.kind != null {
			names = append(names, e.key)
		}
	}
	return names
}

// said reports whether any layer mentions a path.
func (k *keyer) said(path string) bool {
	for _, layer := range append([]*node{k.template}, k.overrides...) {
		if n := layer.says(path); n != nil && n.kind != null {
			return true
		}
	}
	return false
}

// add lists one key.
func (k *keyer) add(path string, f *field) {
	key := Key{Path: path, Essential: f != nil && f.essential}
	if n := k.template.says(path); n != nil && n.kind != null {
		key.Template, key.HasTemplate = n.words(), true
	}
	var unset place
	for _, layer := range k.overrides {
		if n := layer.says(path); n != nil {
			key.Override, key.HasOverride, unset = n.words(), true, n.at
		}
	}
	if e := k.merged.find(path); e != nil {
		at := e.place()
		key.Effective, key.From, key.Layer = e.value.words(), at.from(), at.layer()
		key.HasEffective = true
	} else if key.HasOverride {
		key.From, key.Layer = unset.from(), unset.layer()
	}
	k.keys = append(k.keys, key)
}

// Said is what one layer says about a key.
type Said struct {
	Layer Layer
	Value string // "null" unsets
	From  string // as that of a [Key]
}

// Layers is what each layer says about a key, from the template up; layers that
// say nothing are left out.
func (l *Loaded) Layers(path string) []Said {
	var all []Said
	for _, layer := range append([]*node{l.template}, l.overrides...) {
		if n := layer.says(path); n != nil {
			all = append(all, Said{n.at.layer(), n.words(), n.at.from()})
		}
	}
	return all
}

// cluster lists what the platform document has for the cluster of a Kafka block.
func (k *keyer) cluster(path string, inForce *node) {
	name := inForce.get("cluster").words()
	defined := k.platform.get("kafka").get(name)
	if name == "" || defined == nil {
		return
	}
	var before *node
	if n := k.template.says(join(path, "cluster")); n != nil {
		before = k.platform.get("kafka").get(n.words())
	}
	for _, row := range clusterRows {
		now, then := defined.says(row.path), before.says(row.path)
		if now == nil && then == nil {
			continue
		}
		k.keys = append(k.keys, Key{
			Path:      path + ".(cluster)." + row.name,
			Template:  then.words(),
			Effective: now.words(), From: "platform: " + name,
			HasTemplate: then != nil, HasEffective: now != nil,
			Layer: LayerPlatform, Essential: row.essential,
		})
	}
}

var clusterRows = []struct {
	path, name string
	essential  bool
}{
	{"brokers", "brokers", true},
	{"tls", "tls", false},
	{"sasl.mechanism", "mechanism", false},
	{"sasl.username", "username", false},
	{"sasl.password", "password", true},
}

// words is a value as people read it, "" for none.
func (n *node) words() string {
	switch {
	case n == nil:
		return ""
	case n.kind == list && len(n.items) > 0:
		items := make([]string, len(n.items))
		for i, item := range n.items {
			items[i] = item.words()
		}
		return strings.Join(items, ", ")
	case n.kind == text || n.kind == number || n.kind == boolean:
		return n.text
	}
	return n.render()
}
