package config

import (
	"fmt"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// set gives a key a value in the text.
func (e *editing) set(path string, value *node) error {
	before := e.root.says(path).words()
	keys := strings.Split(path, ".")

	// How far does the document have the path?
	at, within := e.root, []*node{e.root}
	depth := 0
	for depth < len(keys) {
		next := at.get(keys[depth])
		if next == nil || next.kind != block || depth == len(keys)-1 {
			break
		}
		at = next
		within = append(within, at)
		depth++
	}
	said := at.entry(keys[depth])
	rest := keys[depth+1:]
	wanted := nested(rest, value)
	switch {
	case said != nil && at.flow:
		e.text.replaceFlow(said.value, wanted.render())
	case said != nil:
		e.text.replaceLines(said, after(within, said), e.lines(keys, depth, value, said.at.column-1))
	case at.flow:
		e.text.insertFlow(at, quoteKey(keys[depth])+": "+wanted.render())
	default:
		column := 0
		if len(at.entries) > 0 {
			column = at.entries[0].at.column - 1
		}
		lines := e.lines(keys, depth, value, column)
		if len(at.entries) == 0 {
			e.text.append(lines)
			break
		}
		last := &at.entries[len(at.entries)-1]
		e.text.insertAfter(last, after(within, last), lines)
	}
	expected := put(e.root, keys, value)
	if err := e.accept(expected, path); err != nil {
		return err
	}
	e.changed(path, before)
	return nil
}

// unset takes a key out of the text.
func (e *editing) unset(path string) error {
	keys := strings.Split(path, ".")
	within := []*node{e.root}
	for _, key := range keys[:len(keys)-1] {
		within = append(within, within[len(within)-1].get(key))
	}
	said := within[len(within)-1].entry(keys[len(keys)-1])
	if said == nil {
		return fault.List{&fault.Error{
			What: fmt.Sprintf("%s does not say %s", e.change.File, path),
			Do:   "spaas config explain " + path + " shows who says it", Incurable: true,
		}}
	}
	before := said.value.words()
	// A block that would be empty goes too.
	for len(within) > 1 && len(within[len(within)-1].entries) == 1 {
		within = within[:len(within)-1]
		said = within[len(within)-1].entry(keys[len(within)-1])
	}
	if parent := within[len(within)-1]; parent.flow {
		e.text.removeFlow(said, parent)
	} else {
		e.text.replaceLines(said, after(within, said), nil)
	}
	if err := e.accept(drop(e.root, keys), path); err != nil {
		return err
	}
	e.changed(path, before)
	return nil
}

// accept reads the changed text and refuses it unless it says exactly what was
// wanted: a document may be laid out in more ways than an editor knows.
func (e *editing) accept(wanted *node, path string) error {
	root, err := parseText(e.change.File, e.text.data)
	if err != nil || !root.equal(wanted) {
		where := e.change.File
		if said := e.root.find(path); said != nil {
			where = said.at.String()
		}
		return fault.List{&fault.Error{
			What: fmt.Sprintf("%s is laid out in a way that cannot be changed without disturbing it", path), Where: where,
			Do: "change it by hand; spaas config validate checks it", Incurable: true,
		}}
	}
	e.root = root
	return nil
}

func (e *editing) changed(path, before string) {
	key := ChangedKey{Path: path, Before: before}
	if said := e.root.find(path); said != nil {
		key.Where, key.After = said.place().from(), said.value.words()
	}
	e.change.Keys = append(e.change.Keys, key)
}

// lines lays out the keys of a path from one depth on, and the value: blocks on
// lines of their own, the innermost in braces where spaas.yaml has it so.
func (e *editing) lines(keys []string, depth int, value *node, indent int) []string {
	var lines []string
	for ; ; depth++ {
		prefix := strings.Repeat(" ", indent) + quoteKey(keys[depth]) + ":"
		rest := keys[depth+1:]
		if len(rest) == 0 || e.template.find(strings.Join(keys[:depth+1], ".")).valueOf().isFlow() {
			return append(lines, prefix+" "+nested(rest, value).render())
		}
		lines = append(lines, prefix)
		indent += 2
	}
}

func (n *node) isFlow() bool { return n != nil && n.flow }

// nested is a value under keys.
func nested(keys []string, value *node) *node {
	for i := len(keys) - 1; i >= 0; i-- {
		value = &node{kind: block, entries: []entry{{keys[i], place{}, value}}}
	}
	return value
}

// put is a copy of a tree in which a path has a value.
func put(n *node, keys []string, value *node) *node {
	if len(keys) == 0 {
		return value
	}
	changed := &node{kind: block}
	if n != nil && n.kind == block {
		changed.entries = append(changed.entries, n.entries...)
	}
	changed.put(keys[0], place{}, put(n.get(keys[0]), keys[1:], value))
	return changed
}

// drop is a copy of a tree without a path, and without the blocks that are
// empty then.
func drop(n *node, keys []string) *node {
	changed := &node{kind: block}
	for _, e := range n.entries {
		if e.key == keys[0] {
			if len(keys) == 1 {
				continue
			}
			if e.value = drop(e.value, keys[1:]); len(e.value.entries) == 0 {
				continue
			}
		}
		changed.entries = append(changed.entries, e)
	}
	return changed
}

// after is the line on which the next key stands after an entry of the innermost
// of some blocks, 0 when none follows.
func after(within []*node, said *entry) int {
	line, innermost := 0, true
	key := said.key
	for i := len(within) - 1; i >= 0; i-- {
		entries := within[i].entries
		for j := range entries {
			here := entries[j].key == key && innermost
			if !innermost {
				here = entries[j].value == within[i+1]
			}
			if here && j+1 < len(entries) {
				return entries[j+1].at.line
			}
		}
		innermost = false
	}
	return line
}
