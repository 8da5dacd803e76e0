package csv

import "fmt"

// Error is a record that cannot be decoded.
type Error struct {
	// Offset is the byte of the record where the fault is.
	Offset int
	// Column is the name of the column, "" for the record itself.
	Column string
	// Err is what is wrong.
	Err error
}

// Error renders `price: byte 57: …`.
func (e *Error) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("byte %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("%s: byte %d: %v", e.Column, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
