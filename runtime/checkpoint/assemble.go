package checkpoint

import (
	"encoding/json"
	"iter"
	"slices"
)

// assemble makes the manifest's content of what the tasks held, in their order.
func (m *Manifest) assemble(snapshots []TaskSnapshot, carried []carried) {
	m.Sources, m.Operators = map[string][]SplitState{}, map[string][]OperatorSnapshot{}
	m.Committables = map[string][]json.RawMessage{}
	m.Ended = true
	for _, c := range carried {
		m.commit(c.committables)
	}
	for _, s := range snapshots {
		m.Ended = m.Ended && s.Ended
		for name, splits := range s.Sources {
			m.Sources[name] = append(m.Sources[name], splits...)
		}
		for name, o := range s.Operators {
			m.Operators[name] = append(m.Operators[name], o)
		}
		m.commit(s.Committables)
	}
	for _, parts := range m.Operators {
		slices.SortFunc(parts, func(a, b OperatorSnapshot) int { return a.From - b.From })
	}
}

func (m *Manifest) commit(bySink map[string][]json.RawMessage) {
	for sink, all := range bySink {
		if len(all) > 0 {
			m.Committables[sink] = append(m.Committables[sink], all...)
		}
	}
}

// files are the files that the checkpoint needs beside its manifest.
func (m *Manifest) files() iter.Seq[File] {
	return func(yield func(File) bool) {
		for _, parts := range m.Operators {
			for _, p := range parts {
				for _, f := range p.Files {
					if !yield(f) {
						return
					}
				}
			}
		}
	}
}

// size is that of the files in bytes; one that two parts share counts once.
func (m *Manifest) size() int64 {
	seen := map[string]bool{}
	var sum int64
	for f := range m.files() {
		if !seen[f.Name] {
			seen[f.Name] = true
			sum += f.Size
		}
	}
	return sum
}
