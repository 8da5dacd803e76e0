package gitrepo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// Head is the state of the code in a work tree.
type Head struct {
	Commit string // as git writes it; "" when there is no repository or no commit yet
	Dirty  bool   // the work tree differs from the commit
}

// HeadOf returns the state of the work tree that a folder lies in. A folder that
// lies in none has the zero Head.
func HeadOf(dir string) (Head, error) {
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, git.ErrRepositoryNotExists) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("reading the git repository of %s: %w", dir, err)
	}
	ref, err := repo.Head()
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("reading HEAD: %w", err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		return Head{}, fmt.Errorf("opening the work tree: %w", err)
	}
	// What a person ignores everywhere (an editor's folders) is no change to the code.
	root := osfs.New("/")
	for _, load := range []func() ([]gitignore.Pattern, error){
		func() ([]gitignore.Pattern, error) { return gitignore.LoadGlobalPatterns(root) },
		func() ([]gitignore.Pattern, error) { return gitignore.LoadSystemPatterns(root) },
	} {
		if patterns, err := load(); err == nil {
			tree.Excludes = append(tree.Excludes, patterns...)
		}
	}
	status, err := tree.Status()
	if err != nil {
		return Head{}, fmt.Errorf("comparing the work tree with %s: %w", ref.Hash(), err)
	}
	return Head{Commit: ref.Hash().String(), Dirty: !status.IsClean()}, nil
}

// Inside returns the root of the work tree that a folder lies in, "" when it
// lies in none. The folder need not exist.
func Inside(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, git.GitDirName)); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
