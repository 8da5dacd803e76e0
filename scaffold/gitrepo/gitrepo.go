// Package gitrepo makes the git repository of a job and reads what state one is
// in. It needs no git program.
package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// Branch is the branch that a repository starts with.
const Branch = "main"

// Creation is a repository to make.
type Creation struct {
	Files   []string // to commit, below the folder, with slashes
	Message string
	Author  Author // zero: nobody is known, and the files are staged only
	When    time.Time
	Remote  string // URL of origin, "" is none
}

// Create makes a folder a repository with one commit, whose hash it returns; ""
// when there is no author to commit as.
func Create(ctx context.Context, dir string, c Creation) (commit string, err error) {
	defer func() {
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("making the git repository: %w", err)
		}
	}()
	repo, err := git.PlainInitWithOptions(dir, &git.PlainInitOptions{
		InitOptions: git.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName(Branch)},
	})
	if err != nil {
		return "", err
	}
	if c.Remote != "" {
		if _, err := repo.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{c.Remote}}); err != nil {
			return "", err
		}
	}
	tree, err := repo.Worktree()
	if err != nil {
		return "", err
	}
	for _, name := range c.Files {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		// Each file by name: the folder may hold others, which are not ours to commit.
		if err := tree.AddWithOptions(&git.AddOptions{Path: filepath.FromSlash(name), SkipStatus: true}); err != nil {
			return "", fmt.Errorf("adding %s: %w", name, err)
		}
	}
	if c.Author == (Author{}) {
		return "", nil
	}
	who := &object.Signature{Name: c.Author.Name, Email: c.Author.Email, When: c.When}
	hash, err := tree.Commit(c.Message, &git.CommitOptions{Author: who, Committer: who})
	if err != nil {
		return "", err
	}
	return hash.String(), nil
}

// CheckRemote says what is wrong with the URL of a remote; nil for one that git
// could push to, as far as its text tells.
func CheckRemote(remote string) error {
	// A password would stand in .git/config for everyone who reads the folder.
	if u, err := url.Parse(remote); err == nil && u.User != nil {
		if _, secret := u.User.Password(); secret {
			return errors.New("it holds a password: leave that to git's credential helper")
		}
	}
	endpoint, err := transport.NewEndpoint(remote)
	switch {
	case err != nil:
		return errors.New("it is no URL that git can push to")
	case endpoint.Protocol == "file":
		// The endpoint made a relative path absolute; in a repo it would mean another.
		if !filepath.IsAbs(strings.TrimPrefix(remote, "file://")) {
			return errors.New("write it as https://HOST/PATH, ssh://HOST/PATH, git@HOST:PATH, or as an absolute path")
		}
	case endpoint.Host == "" || strings.Trim(endpoint.Path, "/") == "":
		return errors.New("it lacks a host or a path")
	}
	return nil
}

// ModulePath is the Go module path that fits a remote: github.com/acme/clicks
// for git@github.com:acme/clicks.git; "" when the remote is no host's.
func ModulePath(remote string) string {
	endpoint, err := transport.NewEndpoint(remote)
	if err != nil || endpoint.Protocol == "file" || endpoint.Host == "" {
		return ""
	}
	return endpoint.Host + "/" + strings.TrimSuffix(strings.Trim(endpoint.Path, "/"), ".git")
}
