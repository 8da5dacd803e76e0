package job

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
)

func TestWatchSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		exited := make(chan int, 1)
		told, release := watchSignals(signals, func(code int) { exited <- code })
		if told.Err() != nil {
			t.Fatal("told before any signal")
		}
		signals <- sigTerm
		<-told.Done()
		if cause := context.Cause(told); !errors.Is(cause, errSignalled) || cause.Error() != "told to stop by SIGTERM" {
			t.Errorf("cause %v", cause)
		}
		synctest.Wait()
		if len(exited) != 0 {
			t.Error("the first signal ended the process")
		}
		signals <- os.Interrupt
		if code := <-exited; code != 130 {
			t.Errorf("exit code %d, want 130", code)
		}
		release()
	})
}

// After the release a late signal does nothing to a process that is ending.
func TestWatchSignalsReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		told, release := watchSignals(signals, func(int) { t.Error("exit was called") })
		release()
		synctest.Wait()
		signals <- sigTerm
		synctest.Wait()
		if cause := context.Cause(told); errors.Is(cause, errSignalled) {
			t.Errorf("cause %v", cause)
		}
	})
}
