//go:build !linux

package testservice

import (
	"os"
	"testing"
)

// Unprivileged calls f with the rights on files that an ordinary user has.
// Elsewhere than on Linux that needs an ordinary user.
func Unprivileged(tb testing.TB, f func()) {
	tb.Helper()
	if os.Geteuid() == 0 {
		tb.Skip("root may do everything: run this test as an ordinary user")
	}
	f()
}
