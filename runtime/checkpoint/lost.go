package checkpoint

import "fmt"

// LostError says that committables of a decided checkpoint can never be
// committed. The numbers count committables.
type LostError struct {
	Committed int // are visible, now or already before
	Gone      int // will never be
	Unknown   int // nobody can tell
	Err       error
}

// Error says how many are lost, and why.
func (e *LostError) Error() string {
	return fmt.Sprintf("%d committed, %d gone, %d unknown: %v", e.Committed, e.Gone, e.Unknown, e.Err)
}

// Unwrap returns the cause.
func (e *LostError) Unwrap() error { return e.Err }
