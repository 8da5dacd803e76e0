// Package fault is the one shape of an error that a person reads: what failed,
// where, and what to do next.
//
// Packages below the edge return ordinary wrapped errors; the places that know
// what the reader can do about it wrap them in an [Error]. A [List] carries
// every fault of one input at once.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Error is a failure as its reader needs it.
type Error struct {
	// What failed, as a short statement: `unknown connector "kafak"`.
	What string
	// Where it failed: file:line:column, operator, topic/partition@offset. May be empty.
	Where string
	// Do is what to do next: a command, the nearest valid name. May be empty.
	Do string
	// Incurable marks a failure that no restart cures: configuration, state
	// that does not fit, offsets that are gone. A job that meets one stays up,
	// not ready, and says why instead of crash-looping.
	Incurable bool
	// Err is the cause, if there is one.
	Err error
}

// Error renders `where: what: cause (do)`.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Where != "" {
		b.WriteString(e.Where)
		b.WriteString(": ")
	}
	b.WriteString(e.What)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Do != "" {
		fmt.Fprintf(&b, " (%s)", e.Do)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Incurable reports whether err, or any error it wraps, is a failure that no
// restart cures.
func Incurable(err error) bool {
	if list, ok := errors.AsType[List](err); ok {
		for _, e := range list {
			if Incurable(e) {
				return true
			}
		}
		return false
	}
	for e, ok := errors.AsType[*Error](err); ok; e, ok = errors.AsType[*Error](e.Err) {
		if e.Incurable {
			return true
		}
	}
	return false
}

// List is every fault of one input, in the order of the input.
type List []error

// Error renders one fault a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults, for errors.Is and errors.As.
func (l List) Unwrap() []error { return l }

// Add returns the list with the faults of err at its end: those of a list one
// by one, another error as it is, nothing for nil.
func (l List) Add(err error) List {
	if err == nil {
		return l
	}
	if more, ok := errors.AsType[List](err); ok {
		return append(l, more...)
	}
	return append(l, err)
}

// Once returns the list without repetitions: one input that is read in several
// ways has the same fault in each.
func (l List) Once() List {
	seen := map[string]bool{}
	var once List
	for _, err := range l {
		if text := err.Error(); !seen[text] {
			seen[text] = true
			once = append(once, err)
		}
	}
	return once
}

// Err returns nil for an empty list, the list otherwise.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}
