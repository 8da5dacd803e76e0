package config

import (
	"fmt"
	"slices"
	"strings"
)

// readLive reads the live overrides; those that have ended are left out.
func (l *layered) readLive() {
	for _, live := range l.o.Live {
		if !live.Until.IsZero() && !l.o.Now.Before(live.Until) {
			l.expired = append(l.expired, live)
			continue
		}
		l.overrideText(l.source(LayerLive, live.from()), live.Key, live.Value)
	}
}

// from says who said it, why, and until when.
func (l Live) from() string {
	parts := []string{l.Who}
	if l.Why != "" {
		parts = append(parts, l.Why)
	}
	if !l.Until.IsZero() {
		parts = append(parts, "until "+l.Until.UTC().Format("2 Jan 15:04Z"))
	}
	return "live: " + strings.Join(parts, ", ")
}

// readSet reads --set.
func (l *layered) readSet() {
	src := l.source(LayerSet, "--set")
	for _, set := range l.o.Set {
		key, value, ok := strings.Cut(set, "=")
		if !ok {
			l.faults.add(place{source: src}, "write key=value", "%s has no value", show(set))
			continue
		}
		l.overrideText(src, strings.TrimSpace(key), value)
	}
}

// overrideText overrides one key by a value that is written as YAML.
func (l *layered) overrideText(src *source, path, value string) {
	if said := l.assignment(src, path, value); said != nil {
		l.check(jobShape, said)
		l.override(said)
	}
}

// assignment is a tree that gives one key a value, nil when it cannot be read.
func (l *layered) assignment(src *source, path, value string) *node {
	at := place{source: src}
	before := len(l.faults.all)
	said := parseDocument(src, []byte(value), l.faults)
	if len(l.faults.all) > before {
		for i := range l.faults.all[before:] {
			one := &l.faults.all[before+i]
			one.what = fmt.Sprintf("the value of %s: %s", show(path), one.what)
		}
		return nil
	}
	if said == nil {
		said = &node{at: at}
	}
	for _, key := range slices.Backward(strings.Split(path, ".")) {
		if key == "" {
			l.faults.add(at, "the path of a key is like resources.memory", "%s is no path of a key", show(path))
			return nil
		}
		said = &node{kind: block, at: at, entries: []entry{{key, at, said}}}
	}
	return said
}

// override puts a layer over the ones before, without the sources and sinks
// that the job has not.
func (l *layered) override(root *node) {
	if root.kind != block {
		return
	}
	kept := &node{kind: block, at: root.at}
	for _, e := range root.entries {
		if (e.key == "sources" || e.key == "sinks") && l.template != nil {
			e.value = l.known(e)
		}
		if e.key != "context" {
			kept.entries = append(kept.entries, e)
		}
	}
	l.overrides = append(l.overrides, kept)
}

// known is a layer's sources or sinks without those that the job has not, each
// of which is a fault.
func (l *layered) known(side entry) *node {
	if side.value.kind != block {
		return side.value
	}
	var names []string
	for _, e := range l.template.get(side.key).children() {
		names = append(names, e.key)
	}
	kept := *side.value
	kept.entries = nil
	for _, e := range side.value.entries {
		if !slices.Contains(names, e.key) {
			one := strings.TrimSuffix(side.key, "s")
			do := nearest(e.key, names)
			if len(names) == 0 {
				do = "the job has no " + side.key
			}
			l.faults.add(e.at, do, "%s %s is not in %s", one, show(e.key), l.o.shown(l.o.file()))
			continue
		}
		kept.entries = append(kept.entries, e)
	}
	return &kept
}
