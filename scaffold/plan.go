package scaffold

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/scaffold/bundle"
	"github.com/spaas/spaas/scaffold/gitrepo"
	"github.com/spaas/spaas/templates"
)

// Maker is who makes a repo, and when.
type Maker struct {
	Spaas   version.Info
	Release Release        // where this spaas can be had; zero when nowhere
	Author  gitrepo.Author // of the first commit; zero when nobody is known
	Now     time.Time
}

// Plan is a repo that can be made.
type Plan struct {
	Dir     string // absolute
	Answers Answers
	Files   []File // sorted by path; without the bundled runtime
	Bundled bool   // the runtime comes along too, ignored by git
	maker   Maker
}

// NewPlan says what a repo of these answers in this folder will hold. Nothing is
// written. It refuses answers that are wrong, and a folder that is no place for
// it: a file, one that cannot be read, or one that holds what would be written.
func NewPlan(dir string, a Answers, maker Maker) (*Plan, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	t, _ := templates.Get(a.Template)
	f := facts{Answers: a, Version: "v0.0.0", Bundled: a.Runtime == RuntimeBundled}
	if !f.Bundled {
		if !bundle.Released(maker.Spaas.Version) {
			return nil, &fault.Error{
				Where: "runtime", What: fmt.Sprintf("spaas %s was not released, so no module proxy has its runtime", maker.Spaas.Version),
				Do: "choose bundled",
			}
		}
		f.Version = "v" + maker.Spaas.Version
	}
	files, err := render(t, f)
	if err != nil {
		return nil, err
	}
	answers, err := answersFile(a, t.Version, maker.Spaas)
	if err != nil {
		return nil, err
	}
	files = append(files, answers, lockFile(maker.Spaas, maker.Release))
	for _, d := range []config.Document{config.JobDocument, config.EnvironmentDocument} {
		files = append(files, newFile(d.SchemaFile(), config.Schema(d)))
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	p := &Plan{Dir: dir, Answers: a, Files: files, Bundled: f.Bundled, maker: maker}
	return p, p.collide()
}

// Commits says as whom the first commit is made; zero when there is none.
func (p *Plan) Commits() gitrepo.Author {
	if p.Answers.Git != GitNew {
		return gitrepo.Author{}
	}
	return p.maker.Author
}

// Folders lists the files by the folder that they lie in: the repo's own files
// first, as ".", the others by name.
func (p *Plan) Folders() []Folder {
	var folders []Folder
	for _, f := range p.Files {
		dir, name := filepath.Split(f.Path)
		dir = cmp.Or(dir, "./")
		i := slices.IndexFunc(folders, func(f Folder) bool { return f.Path == dir })
		if i < 0 {
			i = len(folders)
			folders = append(folders, Folder{Path: dir})
		}
		folders[i].Files = append(folders[i].Files, name)
	}
	slices.SortFunc(folders, func(a, b Folder) int { return cmp.Compare(a.Path, b.Path) })
	return folders
}

// Folder is a folder of a repo with the names of its files.
type Folder struct {
	Path  string // ends in a slash
	Files []string
}

// CheckDir says why no repo can be made in a folder, whatever is to be written;
// nil when one can, also when the folder does not exist.
func CheckDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, syscall.ENOTDIR):
		return &fault.Error{What: "a folder cannot be made below a file", Where: dir, Do: "choose another folder"}
	case err != nil:
		return err
	case !info.IsDir():
		return &fault.Error{What: "there is a file of this name", Where: dir, Do: "choose another folder"}
	}
	return nil
}

// collide returns a fault that names everything in the folder that would be
// written over. A folder that is not there, or is empty, never collides.
func (p *Plan) collide() error {
	if err := CheckDir(p.Dir); err != nil {
		return err
	}
	var there []string
	for _, name := range p.writes() {
		found, err := inTheWay(p.Dir, name)
		if err != nil {
			return err
		}
		if found != "" && !slices.Contains(there, found) {
			there = append(there, found)
		}
	}
	if len(there) == 0 {
		return nil
	}
	return &CollisionError{Dir: p.Dir, Paths: there}
}

// inTheWay is what exists where a path is to be written: the path itself, or a
// file where it has a folder; "" when the place is free.
func inTheWay(dir, name string) (string, error) {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name[:i])))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			// A link that leads nowhere is in the way too.
			if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name[:i]))); err != nil {
				return "", nil
			}
			return name[:i], nil
		case err != nil:
			return "", err
		case i == len(name) || !info.IsDir():
			return name[:i], nil
		}
	}
	return "", nil
}

// writes lists what the plan puts into the folder: files, and folders that must
// be all its own.
func (p *Plan) writes() []string {
	var names []string
	if p.Answers.Git == GitNew {
		names = append(names, ".git")
	}
	for _, f := range p.Files {
		names = append(names, f.Path)
	}
	if p.Bundled {
		names = append(names, bundle.Dir)
	}
	return names
}

// CollisionError is a folder that holds what would be written.
type CollisionError struct {
	Dir   string
	Paths []string // below Dir, with slashes
}

// Error names every path.
func (e *CollisionError) Error() string {
	return fmt.Sprintf("%s: it holds %s already", e.Dir, strings.Join(e.Paths, ", "))
}
