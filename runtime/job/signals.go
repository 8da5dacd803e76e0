package job

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// errSignalled is why everything that starts ends when the first signal comes.
var errSignalled = errors.New("told to stop")

// watchSignals returns a context that is done at the first signal, with a cause
// that names it and is errSignalled. At the second signal it calls exit, at
// once: everything a person could lose is either decided, and then the next
// start finishes it, or was never promised.
func watchSignals(signals <-chan os.Signal, exit func(code int)) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	over := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			cancel(fmt.Errorf("%w by %s", errSignalled, signalName(s)))
		case <-over:
			return
		}
		select {
		case <-signals:
			exit(codeInterrupted)
		case <-over:
		}
	}()
	return ctx, func() {
		close(over)
		cancel(context.Canceled)
	}
}

// signalName is a signal as people know it.
func signalName(s os.Signal) string {
	switch s {
	case os.Interrupt:
		return "Ctrl-C (SIGINT)"
	case sigTerm:
		return "SIGTERM"
	}
	return s.String()
}
