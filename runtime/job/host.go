package job

import (
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spaas/spaas/pkg/version"
)

const sigTerm = syscall.SIGTERM

// host is everything outside the process that a job touches directly: the one
// place that reads arguments, environment, clock, signals and standard files.
type host struct {
	name           string   // how the binary was called
	args           []string // without the name
	stdout, stderr io.Writer
	terminal       bool // stderr is one
	env            func(name string) (string, bool)
	now            func() time.Time
	signals        func() <-chan os.Signal // asks for them; until then they kill
	exit           func(code int)          // ends the process at once
	temp           string                  // folder for sockets
	pid            int
	machine        machine
	build          version.Info
}

// thisHost is the real one.
func thisHost() host {
	temp := os.TempDir()
	if task := os.Getenv("NOMAD_TASK_DIR"); task != "" {
		temp = task // a chroot may have no /tmp, and this one dies with the task
	}
	return host{
		name:     filepath.Base(os.Args[0]),
		args:     os.Args[1:],
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		terminal: isTerminal(os.Stderr),
		env:      os.LookupEnv,
		now:      time.Now,
		signals: func() <-chan os.Signal {
			c := make(chan os.Signal, 2)
			signal.Notify(c, os.Interrupt, sigTerm)
			return c
		},
		exit:    os.Exit,
		temp:    temp,
		pid:     os.Getpid(),
		machine: thisMachine(),
		build:   version.Get(),
	}
}

// isTerminal reports whether a person may be reading.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
