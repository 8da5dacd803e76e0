package bundle

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/version"
)

// Dir is where the runtime lies in a job's repo, with slashes.
const Dir = ".spaas/runtime"

// Refill makes the job's folder hold exactly the runtime that this spaas
// bundles, if its go.mod asks for it. A runtime that is missing, of another
// spaas, or changed by hand is replaced as a whole; one that is right is not
// touched, which takes a few milliseconds to find out. Several processes may
// refill one folder at the same time.
func Refill(job string) error {
	wanted, err := Wanted(job)
	if err != nil || !wanted {
		return err
	}
	dir := filepath.Join(job, filepath.FromSlash(Dir))
	if holds(dir, Files()) {
		return nil
	}
	if err := replace(dir, Files()); err != nil {
		return &fault.Error{
			What: "the bundled runtime cannot be written", Where: dir, Err: err,
			Do: "a job is built against what lies there: make the folder writable",
		}
	}
	return nil
}

// Wanted says that the go.mod of a job's folder replaces our module by the
// bundled runtime. It is false where there is no go.mod.
func Wanted(job string) (bool, error) {
	name := filepath.Join(job, "go.mod")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mod, err := modfile.Parse(name, data, nil)
	if err != nil {
		return false, err // it starts with file:line:column
	}
	for _, r := range mod.Replace {
		if r.Old.Path == version.Module && filepath.Clean(r.New.Path) == filepath.FromSlash(Dir) {
			return true, nil
		}
	}
	return false, nil
}

// holds reports whether dir holds these files and no others. Contents are
// compared, not dates or a marker: nothing else can say that nobody touched it.
func holds(dir string, files []File) bool {
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil || !bytes.Equal(data, f.Data) {
			return false
		}
	}
	found := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found++
		}
		return err
	})
	return err == nil && found == len(files)
}

// replace writes the files into a new folder beside dir and puts that in its
// place, so that dir is never half written.
func replace(dir string, files []File) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	// Both names match the line of .gitignore that covers the runtime.
	scratch, err := os.MkdirTemp(parent, "runtime-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	fresh, old := filepath.Join(scratch, "new"), filepath.Join(scratch, "old")
	if err := write(fresh, files); err != nil {
		return err
	}
	for {
		if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		err := os.Rename(fresh, dir)
		if err == nil || holds(dir, files) {
			return nil // in the second case another process was faster, with the same
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
}

// write writes files below dir, read-only, because whatever is changed there is
// lost at the next verb.
func write(dir string, files []File) error {
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o444); err != nil {
			return err
		}
	}
	return nil
}
