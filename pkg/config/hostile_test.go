package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
)

// Documents made to lead a parser astray are read or refused, without a panic, a
// stack that overflows, or more faults than a person reads. What takes too long
// here trips the test's timeout.
func TestHostileDocuments(t *testing.T) {
	var keys, stairs strings.Builder
	for i := range maxDocument / 10 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	for i := range 300 {
		fmt.Fprintf(&stairs, "%sa:\n", strings.Repeat(" ", i))
	}
	documents := map[string]string{"many keys": keys.String(), "stairs": stairs.String(), "large": strings.Repeat(" ", maxDocument+1)}
	for _, piece := range []string{"[", "{", "- ", "? ", "-\n", "a: ", "a:\n ", "&a ", "*a ", "!a ", "!!map {", "\"", "'", "|\n", "{a: ", "[a, ", "---\n", "%a\n", "\t", ": ", "#", "<<: {", "}", "]", ",", "\r", "\x00"} {
		documents["many "+piece] = strings.Repeat(piece, maxDocument/4/len(piece))
	}
	refused := map[string]bool{"many keys": false, "large": true, "many [": true, "stairs": true}
	for name, document := range documents {
		_, err := parseText("doc", []byte(document))
		if n := len(fault.List{}.Add(err)); n > maxFaults+1 {
			t.Errorf("%q: %d faults", name, n)
		}
		if must, known := refused[name]; known && must != (err != nil) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
