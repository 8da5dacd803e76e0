// Package jobprocess runs a job's binary as a child of this process: it starts
// it, reads what it logs and what it says of itself, asks it for things by its
// control record, and ends it. The child never outlives this process, however
// that ends.
package jobprocess

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// Command says what to start.
type Command struct {
	Binary string
	Args   []string // of the job's verb run; what this package needs is added
	Dir    string   // working directory
	// Folder is where the job's status, control record and log are kept. They
	// are of this start: what an earlier one left there is removed.
	Folder string
	Stdout io.Writer    // what the job writes to its standard output
	OnLog  func(Record) // is told each log record, one at a time; may be nil
}

// The files of a job in its folder.
const (
	statusName  = "status.json"
	controlName = "control.json"
	logName     = "job.log"
)

// LogPath is where the whole log of a job stands that runs with a folder.
func LogPath(folder string) string { return filepath.Join(folder, logName) }

// Process is a job's process. Its methods may be called from several goroutines.
type Process struct {
	folder string
	cmd    *exec.Cmd
	log    *logReader
	done   chan struct{}

	mu     sync.Mutex
	waited error // of cmd, once done
}

// Start starts a job.
func Start(c Command) (*Process, error) {
	for _, name := range []string{statusName, controlName} {
		if err := os.Remove(filepath.Join(c.Folder, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	file, err := os.Create(LogPath(c.Folder))
	if err != nil {
		return nil, err
	}
	p := &Process{folder: c.Folder, done: make(chan struct{}), log: &logReader{file: file, tell: c.OnLog}}
	args := append([]string{"run"}, c.Args...)
	args = append(args,
		"--status-file", filepath.Join(c.Folder, statusName),
		"--control", filepath.Join(c.Folder, controlName),
		"--on-fault", "exit", "--log", "json")
	p.cmd = exec.Command(c.Binary, args...)
	p.cmd.Dir = c.Dir
	p.cmd.Stdout, p.cmd.Stderr = c.Stdout, p.log
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = apart()
	if err := p.start(); err != nil {
		file.Close()
		return nil, &fault.Error{What: "the job's binary cannot be started", Where: c.Binary, Err: err}
	}
	return p, nil
}

// start starts the process and what outlives this one to end it.
func (p *Process) start() error {
	started := make(chan error)
	go func() {
		// The kernel ends the child with the thread that started it, so this one
		// must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		err = p.cmd.Wait()
		p.log.close()
		p.mu.Lock()
		p.waited = err
		p.mu.Unlock()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return err
	}
	untie, err := tie(p.cmd.Process.Pid)
	if err != nil {
		p.Kill()
		<-p.done
		return err
	}
	go func() {
		<-p.done
		untie()
	}()
	return nil
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process is over and all of its log was read.
func (p *Process) Done() <-chan struct{} { return p.done }

// Terminate asks for a final checkpoint and the end.
func (p *Process) Terminate() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }

// Kill ends it at once.
func (p *Process) Kill() { _ = p.cmd.Process.Kill() }

// Exit is how a process ended.
type Exit struct {
	Code   int
	Faults []error // why, when the job said so
	// Died says that it ended without having a say: by a signal, or in a crash of
	// the Go runtime.
	Died error
}

// Exit says how the process ended; it is called after Done.
func (p *Process) Exit() Exit {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited == nil {
		return Exit{}
	}
	e := Exit{Code: p.cmd.ProcessState.ExitCode(), Faults: p.log.faults}
	if len(e.Faults) == 0 {
		e.Died = &fault.Error{What: p.lastWords(), Do: "its log is " + LogPath(p.folder)}
	}
	return e
}

// lastWords says of a process that did not say itself why it ended all that can
// be known.
func (p *Process) lastWords() string {
	what := fmt.Sprintf("the job's process ended without a word: %v", p.waited)
	if rest := bytes.TrimSpace(p.log.raw); len(rest) > 0 {
		what = fmt.Sprintf("the job's process died: %v\n%s", p.waited, rest)
	}
	return what
}
