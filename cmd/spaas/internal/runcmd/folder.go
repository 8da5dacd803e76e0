package runcmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/fault"
)

// folder is where the runs of a job on this machine keep what the next one goes
// on from: .spaas/run, and a folder of its own in there for each environment.
// While it is open no other run can open it.
type folder struct {
	path string
	lock *os.File
}

// The names in a folder. What an environment keeps is not part of the runs on
// the embedded broker, so starting those over leaves it alone.
const (
	lockName         = "lock"
	environmentsName = "env"
	ignoreName       = ".gitignore"
)

// folderOf is the path of the folder of a job's runs, below the job's own.
func folderOf(env string) string {
	dir := filepath.Join(".spaas", "run")
	if env != "" {
		dir = filepath.Join(dir, environmentsName, env)
	}
	return dir
}

// openFolder makes the folder and locks it. A folder that another run has open
// is refused.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, &fault.Error{What: "the folder of local runs cannot be made", Err: err}
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, &fault.Error{What: "the folder of local runs cannot be locked", Err: err}
	}
	// The kernel takes the lock back when this process ends, however it does.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(lock.Name())
		lock.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &fault.Error{What: "the folder of local runs cannot be locked", Where: path, Err: err}
		}
		what := "this job is running here already"
		if pid := strings.TrimSpace(string(holder)); pid != "" {
			what += " (process " + pid + ")"
		}
		return nil, cli.Exit(cli.Refused, &fault.Error{What: what, Where: path, Do: "end that run, or work in a copy of the job's folder"})
	}
	f := &folder{path, lock}
	err = errors.Join(lock.Truncate(0), writeAt(lock, fmt.Sprintln(os.Getpid())),
		// Also in repos whose .gitignore does not know of it.
		os.WriteFile(f.in(ignoreName), []byte("*\n"), 0o644))
	if err != nil {
		f.close()
		return nil, &fault.Error{What: "the folder of local runs cannot be written", Where: path, Err: err}
	}
	return f, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// in is the path of a file in the folder.
func (f *folder) in(name string) string { return filepath.Join(f.path, name) }

// clear removes everything that earlier runs left, except what is kept.
func (f *folder) clear(kept ...string) error {
	kept = append(kept, lockName, environmentsName, ignoreName)
	entries, err := os.ReadDir(f.path)
	for _, e := range entries {
		if !slices.Contains(kept, e.Name()) {
			err = errors.Join(err, os.RemoveAll(f.in(e.Name())))
		}
	}
	if err != nil {
		return &fault.Error{What: "what earlier runs left cannot be removed", Where: f.path, Err: err}
	}
	return nil
}

// close lets other runs in.
func (f *folder) close() { f.lock.Close() }
