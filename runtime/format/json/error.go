package json

import (
	"fmt"
	"strings"
)

// Error is a value that cannot be decoded or encoded.
type Error struct {
	// Offset is the byte of the record where the fault is; -1 when encoding.
	Offset int
	// Err is what is wrong.
	Err error

	steps []string // names and indexes that lead to the fault, innermost first
}

// Path is the field: "user.tags[3].id", "" for the record itself.
func (e *Error) Path() string {
	var b strings.Builder
	for i := len(e.steps) - 1; i >= 0; i-- {
		if b.Len() > 0 && !strings.HasPrefix(e.steps[i], "[") {
			b.WriteByte('.')
		}
		b.WriteString(e.steps[i])
		if b.Len() > 200 {
			b.WriteString("…") // of a record as deep as that nobody reads more
			break
		}
	}
	return b.String()
}

// Error renders `user.id: byte 57: …`.
func (e *Error) Error() string {
	var where string
	if path := e.Path(); path != "" {
		where = path + ": "
	}
	if e.Offset >= 0 {
		where += fmt.Sprintf("byte %d: ", e.Offset)
	}
	return where + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// within adds the step that led to an error of encoding.
func within(err error, step string) error {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Offset: -1, Err: err}
	}
	e.steps = append(e.steps, step)
	return e
}
