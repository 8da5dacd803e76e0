package generator

import (
	"encoding/json"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// notation is how a format writes a record of named values.
type notation struct {
	open, comma, close string
	// key is what stands before a value, "" where values have no names.
	key func(name string) string
	// text is a constant text. Drawn text has no letter that needs escaping and
	// stands between two marks.
	text func(s string) string
	mark string
	// header says that the columns are named by a record of their own.
	header bool
}

var notations = map[string]notation{
	"json": {
		open: "{", comma: ",", close: "}", mark: `"`,
		key: func(name string) string { return jsonText(name) + ":" }, text: jsonText,
	},
	"csv": {
		comma: ",", header: true,
		key: func(string) string { return "" }, text: csvText,
	},
	"lines": {
		key: func(string) string { return "" }, text: func(s string) string { return s },
	},
}

// notationOf returns the notation of a format in the config.
func notationOf(format string) (notation, error) {
	if format == "" {
		format = "json"
	}
	n, ok := notations[format]
	if !ok {
		do := fault.DidYouMean(format, []string{"csv", "json", "lines"})
		if do == "" {
			do = "a generator writes csv, json or lines"
		}
		return n, refused("format", do, "%q is unknown", format)
	}
	return n, nil
}

func jsonText(s string) string {
	var b strings.Builder
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	to.Encode(s) // a string into memory
	return strings.TrimSuffix(b.String(), "\n")
}

func csvText(s string) string {
	if !strings.ContainsAny(s, "\",\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
