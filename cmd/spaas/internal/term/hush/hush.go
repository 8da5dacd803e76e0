// Package hush keeps quiet while the program starts. Bubble Tea, which shows our
// forms, asks the terminal for its background colour as soon as it is linked,
// and waits for the answer: a round trip, and bytes on the terminal, in verbs
// that show no form at all. It does not ask where CI is set.
//
// So CI is set while packages are initialised, and as it was before main runs.
// This package imports nothing but os, which is why it is initialised before the
// libraries that ask; a test of `spaas version` on a terminal notices when it is
// not any more.
package hush

import "os"

var value, set = os.LookupEnv("CI")

func init() { os.Setenv("CI", "true") }

// Over makes CI what it was. It is called by an init function of a package that
// imports the libraries that ask.
func Over() {
	if set {
		os.Setenv("CI", value)
	} else {
		os.Unsetenv("CI")
	}
}
