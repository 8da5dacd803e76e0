package term

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The sixteen colours that every terminal lets its owner choose; others would
// be unreadable on somebody's background.
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	reset  = "\x1b[0m"
)

// Bold renders s as a heading.
func (t *Terminal) Bold(s string) string { return t.styled(bold, s) }

// Dim renders s as an aside.
func (t *Terminal) Dim(s string) string { return t.styled(dim, s) }

// Red renders s as a failure.
func (t *Terminal) Red(s string) string { return t.styled(red, s) }

// Green renders s as a success.
func (t *Terminal) Green(s string) string { return t.styled(green, s) }

// Yellow renders s as a warning.
func (t *Terminal) Yellow(s string) string { return t.styled(yellow, s) }

// Cyan renders s as something to type.
func (t *Terminal) Cyan(s string) string { return t.styled(cyan, s) }

func (t *Terminal) styled(code, s string) string {
	if !t.color || s == "" {
		return s
	}
	return code + s + reset
}

// columns is the number of columns that s takes on a terminal.
func columns(s string) int { return ansi.StringWidth(s) }

// fit cuts s to a width, ending in … where something was cut.
func fit(s string, width int) string { return ansi.Truncate(s, width, "…") }

// pad fills s with spaces up to a width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}
