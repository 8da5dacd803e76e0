package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/scaffold/bundle"
	"github.com/spaas/spaas/scaffold/gitrepo"
	"github.com/spaas/spaas/scaffold/gobuild"
)

// Made is a repo that was made.
type Made struct {
	Dir    string
	Commit string // "" without repository, or when nobody is known to commit as
}

// Apply makes the repo, whole or not at all: it is built in a folder beside the
// place it is meant for and moved there at the end. After an error, also that of
// a context that ended, everything is as it was before.
func (p *Plan) Apply(ctx context.Context) (Made, error) {
	made, err := p.apply(ctx)
	if err == nil || ctx.Err() != nil {
		return made, err
	}
	if _, ok := errors.AsType[*CollisionError](err); ok {
		return made, err
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return made, f // it says already what to do
	}
	return made, &fault.Error{
		What: "the repo cannot be made, and nothing was left behind", Where: p.Dir, Err: err, Do: remedy(err),
	}
}

// remedy is what helps against a file system that does not do what it is told.
func remedy(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "choose a folder that you may write to"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk"
	}
	return ""
}

func (p *Plan) apply(ctx context.Context) (made Made, err error) {
	// What was free when the plan was made may be taken now.
	if err := p.collide(); err != nil {
		return Made{}, err
	}
	workshop, err := newWorkshop(p.Dir)
	if err != nil {
		return Made{}, err
	}
	defer func() { err = errors.Join(err, workshop.clear(err != nil)) }()
	if err := p.write(ctx, workshop.dir); err != nil {
		return Made{}, err
	}
	made = Made{Dir: p.Dir}
	if p.Answers.Git == GitNew {
		made.Commit, err = gitrepo.Create(ctx, workshop.dir, gitrepo.Creation{
			Files:   p.paths(),
			Message: fmt.Sprintf("%s: a job made by spaas init\n\nTemplate %s, spaas %s.\n", p.Answers.Job, p.Answers.Template, p.maker.Spaas.Version),
			Author:  p.maker.Author,
			When:    p.maker.Now,
			Remote:  p.Answers.Remote,
		})
		if err != nil {
			return Made{}, err
		}
	}
	return made, workshop.deliver(ctx)
}

// write writes the files, and the runtime if it comes along.
func (p *Plan) write(ctx context.Context, dir string) error {
	for _, f := range p.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, f.Mode); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.Bundled {
		return bundle.Refill(dir)
	}
	// The sums of a release cannot be known by the spaas of that release.
	err := gobuild.Tidy(ctx, dir)
	if err != nil && ctx.Err() == nil {
		return &fault.Error{
			What: "the runtime v" + p.maker.Spaas.Version + " cannot be resolved as a Go module", Err: err,
			Do: "where no module proxy can be reached: --runtime bundled",
		}
	}
	return err
}

func (p *Plan) paths() []string {
	paths := make([]string, len(p.Files))
	for i, f := range p.Files {
		paths[i] = f.Path
	}
	return paths
}

// workshop is the folder in which a repo is built, on the same file system as
// the place it is meant for, so that moving it there is a matter of names.
type workshop struct {
	dir    string
	target string
	// parents are the folders above the target that were made for it, the
	// topmost first.
	parents []string
}

// newWorkshop makes a workshop: beside a target that is not there yet, inside of
// one that is, because what is beside it may not be ours to write.
func newWorkshop(target string) (*workshop, error) {
	w := &workshop{target: target}
	home := target
	if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
		home = filepath.Dir(target)
		for dir := home; ; dir = filepath.Dir(dir) {
			if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
				break
			}
			w.parents = append([]string{dir}, w.parents...)
		}
		if err := os.MkdirAll(home, 0o755); err != nil {
			return nil, errors.Join(err, w.clear(true))
		}
	}
	dir, err := os.MkdirTemp(home, ".spaas-init-*")
	if err != nil {
		return nil, errors.Join(err, w.clear(true))
	}
	w.dir = dir
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, errors.Join(err, w.clear(true))
	}
	return w, nil
}

// deliver moves what was built to the target. If that fails midway it moves
// everything back.
func (w *workshop) deliver(ctx context.Context) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if filepath.Dir(w.dir) != w.target {
		return os.Rename(w.dir, w.target)
	}
	var moved []string
	defer func() {
		if err == nil {
			return
		}
		for i := len(moved) - 1; i >= 0; i-- {
			back := os.Rename(filepath.Join(w.target, moved[i]), filepath.Join(w.dir, moved[i]))
			err = errors.Join(err, back)
		}
	}()
	return filepath.WalkDir(w.dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || name == w.dir {
			return err
		}
		below, err := filepath.Rel(w.dir, name)
		if err != nil {
			return err
		}
		to := filepath.Join(w.target, below)
		switch there, err := os.Stat(to); {
		case err == nil && d.IsDir() && there.IsDir():
			return nil // both have it: on with what is in it
		case err == nil:
			return fmt.Errorf("%s has appeared meanwhile", to)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		if err := os.Rename(name, to); err != nil {
			return err
		}
		moved = append(moved, below)
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}

// clear removes what is left of the workshop, and after a failure the folders
// that were made for the target.
func (w *workshop) clear(failed bool) error {
	var err error
	if w.dir != "" {
		err = os.RemoveAll(w.dir)
	}
	if failed {
		for i := len(w.parents) - 1; i >= 0; i-- {
			// One that somebody else put something into meanwhile stays.
			if os.Remove(w.parents[i]) != nil {
				break
			}
		}
	}
	return err
}
