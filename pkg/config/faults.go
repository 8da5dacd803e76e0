package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spaas/spaas/pkg/fault"
)

// faults collects what is wrong, to be reported at once.
type faults struct {
	all []found
}

type found struct {
	at       place
	what, do string
}

// maxFaults are reported at once; who has more is helped by the first.
const maxFaults = 100

// add notes a fault; do is what to do about it and may be empty.
func (f *faults) add(at place, do, format string, args ...any) {
	f.all = append(f.all, found{at, fmt.Sprintf(format, args...), do})
}

// err is all of it in the order of the input, nil when there is nothing.
func (f *faults) err() error {
	slices.SortStableFunc(f.all, func(a, b found) int { return a.at.compare(b.at) })
	var list fault.List
	for i, one := range f.all {
		if i > 0 && one == f.all[i-1] {
			continue
		}
		if len(list) == maxFaults {
			list = append(list, &fault.Error{What: fmt.Sprintf("and %d faults more", len(f.all)-i), Incurable: true})
			break
		}
		list = append(list, &fault.Error{What: printable(one.what), Where: one.at.String(), Do: printable(one.do), Incurable: true})
	}
	return list.Err()
}

// printable is a text without what would move a terminal's cursor or colour it:
// a document may hold that, in the name of a key for example.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return unicode.ReplacementChar
		}
		return c
	}, s)
}

// nearest is what to do about a word that is none of a few: the nearest of
// them, or all when none is near.
func nearest(word string, names []string) string {
	if near := fault.DidYouMean(word, names); near != "" {
		return near
	}
	return oneOf(names)
}

// amongFew is nearest for a few words that are worth being read all.
func amongFew(word string, names []string) string {
	if near := fault.DidYouMean(word, names); near != "" && len(names) > 1 {
		return near + " " + oneOf(names)
	}
	return oneOf(names)
}

// oneOf names what there is.
func oneOf(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "there is only " + names[0]
	}
	return "there are " + strings.Join(names, ", ")
}
