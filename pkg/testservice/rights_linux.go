package testservice

import (
	"os"
	"runtime"
	"syscall"
	"testing"
)

// nobody is the user with the fewest rights.
const nobody = 65534

// Unprivileged calls f with the rights on files that an ordinary user has, also
// where tests run as root, whom no mode of a file keeps out. They are those of
// the calling thread: what f does on other goroutines has all rights still.
func Unprivileged(tb testing.TB, f func()) {
	tb.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan error, 1)
	go func() {
		// Never unlocked: the thread, with its rights, ends with this goroutine.
		runtime.LockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			done <- err
			return
		}
		defer close(done)
		f()
	}()
	if err := <-done; err != nil {
		tb.Fatalf("the rights of root cannot be laid down: %v", err)
	}
}
