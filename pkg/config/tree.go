package config

import (
	"slices"
	"strings"
)

// kind is what a node is.
type kind int

const (
	null kind = iota
	text
	number
	boolean
	list
	block
)

// String is the kind as people call it.
func (k kind) String() string {
	return [...]string{"nothing", "text", "a number", "true or false", "a list", "a block of keys"}[k]
}

// node is one value of a document and where it stands.
type node struct {
	kind kind
	at   place
	text string // of a text, number or boolean, as it is written there

	items   []*node // of a list
	entries []entry // of a block, in the order of the document

	// flow says that a list or block is written in brackets, end is where the
	// closing one stands.
	flow bool
	end  place
}

// entry is one key of a block and its value.
type entry struct {
	key   string
	at    place
	value *node
}

// get is the value of a key of a block, nil when there is none.
func (n *node) get(key string) *node {
	if e := n.entry(key); e != nil {
		return e.value
	}
	return nil
}

func (n *node) entry(key string) *entry {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key == key {
			return &n.entries[i]
		}
	}
	return nil
}

// put gives a key a value, at the end of the block when the key is new.
func (n *node) put(key string, at place, value *node) {
	if e := n.entry(key); e != nil {
		e.value = value
		return
	}
	n.entries = append(n.entries, entry{key, at, value})
}

// children are the entries of a block; none of what is no block.
func (n *node) children() []entry {
	if n == nil {
		return nil
	}
	return n.entries
}

// find follows a path and returns the entry at its end, nil when there is none.
func (n *node) find(path string) *entry {
	var e *entry
	for _, key := range strings.Split(path, ".") {
		if e = n.entry(key); e == nil {
			return nil
		}
		n = e.value
	}
	return e
}

// says is what a layer says about a path: its value; a null when it unsets the
// path or a block around it; nil when it says nothing.
func (n *node) says(path string) *node {
	for _, key := range strings.Split(path, ".") {
		if n = n.get(key); n == nil || n.kind == null {
			return n
		}
	}
	return n
}

// over is a tree that says what n says where it says something, and what base
// says elsewhere: blocks merge, all else replaces, null unsets. Neither is
// changed, both may be nil.
func (n *node) over(base *node) *node {
	if n == nil {
		return base
	}
	if n.kind != block {
		return n
	}
	merged := &node{kind: block, at: n.at}
	if base != nil && base.kind == block {
		merged.at = base.at
		merged.entries = slices.Clone(base.entries)
	}
	for _, e := range n.entries {
		if e.value.kind == null {
			merged.entries = slices.DeleteFunc(merged.entries, func(old entry) bool { return old.key == e.key })
			continue
		}
		merged.put(e.key, e.at, e.value.over(merged.get(e.key)))
	}
	return merged
}

// render writes a value on one line, as YAML.
func (n *node) render() string {
	switch n.kind {
	case null:
		return "null"
	case list:
		items := make([]string, len(n.items))
		for i, item := range n.items {
			items[i] = item.render()
		}
		return "[" + strings.Join(items, ", ") + "]"
	case block:
		entries := make([]string, len(n.entries))
		for i, e := range n.entries {
			entries[i] = quoteKey(e.key) + ": " + e.value.render()
		}
		return "{" + strings.Join(entries, ", ") + "}"
	}
	return scalar(n.text, n.kind)
}

// equal reports whether two trees say the same, wherever they stand.
func (n *node) equal(other *node) bool {
	if n == nil || other == nil {
		return n == other
	}
	return n.kind == other.kind && n.text == other.text &&
		slices.EqualFunc(n.items, other.items, (*node).equal) &&
		slices.EqualFunc(n.entries, other.entries, func(a, b entry) bool {
			return a.key == b.key && a.value.equal(b.value)
		})
}
