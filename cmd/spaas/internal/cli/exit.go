package cli

import (
	"context"
	"errors"

	"github.com/spaas/spaas/pkg/fault"
)

// The exit codes of spaas. They are the same for every verb.
const (
	Done        = 0   // what was asked for is done
	Failed      = 1   // it failed
	Usage       = 2   // the command line or the config is wrong
	Pending     = 3   // there are changes, where --exit-code asks
	Refused     = 4   // a safety check refused it
	RolledBack  = 5   // it was undone because it did not become stable
	Interrupted = 130 // Ctrl-C
)

// ExitError ends the process with a code. Err is what is said about it, nil
// when all was said already. Next is what to type next, for faults that do not
// say it themselves; it may be empty.
type ExitError struct {
	Code int
	Err  error
	Next string
}

// Error implements error.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return "exit"
	}
	return e.Err.Error()
}

// Unwrap returns what is said about it.
func (e *ExitError) Unwrap() error { return e.Err }

// Exit gives err an exit code; nil stays nil.
func Exit(code int, err error) error {
	if err == nil {
		return nil
	}
	return &ExitError{Code: code, Err: err}
}

// CodeOf is the exit code that an error of a verb means: that of its
// [ExitError]; 130 for the end of its context; 2 for the faults of an input,
// which come as a [fault.List]; 1 for anything else.
func CodeOf(err error) int {
	if err == nil {
		return Done
	}
	if exit, ok := errors.AsType[*ExitError](err); ok {
		return exit.Code
	}
	if errors.Is(err, context.Canceled) {
		return Interrupted
	}
	if _, ok := errors.AsType[fault.List](err); ok {
		return Usage
	}
	return Failed
}
