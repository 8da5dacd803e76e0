package checkpoint

import (
	"errors"
	"fmt"
	"time"
)

// FencedError says that another process has taken over the job: what this one
// does counts no more, and no restart of it is called for.
type FencedError struct {
	Job string
	// By is the process that took over, the zero Owner if its record could not
	// be read; At is when, by its clock.
	By   Owner
	At   time.Time
	Term uint64 // of By
}

// Error says who took over.
func (e *FencedError) Error() string {
	if e.By == (Owner{}) {
		return fmt.Sprintf("a newer copy of job %s took over; this copy ends", e.Job)
	}
	return fmt.Sprintf("a newer copy of job %s took over at %s: %s; this copy ends", e.Job, e.At.UTC().Format(time.RFC3339), e.By)
}

func asFenced(err error) (*FencedError, bool) { return errors.AsType[*FencedError](err) }
