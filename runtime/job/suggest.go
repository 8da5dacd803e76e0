package job

import "github.com/spaas/spaas/pkg/fault"

// suggest renders the name nearest to a word as ` (did you mean "x"?)`, or
// nothing when none is near.
func suggest(word string, names []string) string {
	if near := fault.DidYouMean(word, names); near != "" {
		return " (" + near + ")"
	}
	return ""
}
