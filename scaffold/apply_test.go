package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"

	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/scaffold/gitrepo"
)

var maker = Maker{
	Spaas:  version.Info{Version: "dev"},
	Author: ana,
	Now:    time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC),
}

func newPlan(t *testing.T, dir string, a Answers) *Plan {
	t.Helper()
	plan, err := NewPlan(dir, a.WithDefaults(dir, maker), maker)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// tree lists a folder: paths, with what files hold.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, _ := filepath.Rel(dir, name)
		if d.IsDir() {
			fmt.Fprintln(&b, below+"/")
			return nil
		}
		data, err := os.ReadFile(name)
		fmt.Fprintf(&b, "%s %q\n", below, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// places are the kinds of folder that a repo can be made in, each prepared below
// an empty folder.
var places = map[string]func(t *testing.T, root string) (dir string){
	"new":           func(_ *testing.T, root string) string { return filepath.Join(root, "clicks") },
	"new, and deep": func(_ *testing.T, root string) string { return filepath.Join(root, "teams", "growth", "clicks") },
	"empty": func(t *testing.T, root string) string {
		dir := filepath.Join(root, "clicks")
		os.Mkdir(dir, 0o755)
		return dir
	},
	"nothing collides": func(t *testing.T, root string) string {
		dir := filepath.Join(root, "clicks")
		writeFile(t, filepath.Join(dir, "NOTES.md"), "mine")
		writeFile(t, filepath.Join(dir, "testdata", "more.log"), "mine too")
		return dir
	},
}

func TestApply(t *testing.T) {
	for name, prepare := range places {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := prepare(t, root)
			plan := newPlan(t, dir, Answers{Template: "windowed", CI: "github", Remote: "git@github.com:acme/clicks.git"})
			made, err := plan.Apply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range plan.Files {
				data, err := os.ReadFile(filepath.Join(dir, f.Path))
				if err != nil || string(data) != string(f.Data) {
					t.Errorf("%s is not as planned: %v", f.Path, err)
				}
			}
			info, err := os.Stat(filepath.Join(dir, ".spaas", "install"))
			if err != nil || info.Mode().Perm()&0o111 == 0 {
				t.Errorf("the script cannot be run: %v, %v", info.Mode(), err)
			}
			if _, err := os.Stat(filepath.Join(dir, ".spaas", "runtime", "runtime", "job", "main.go")); err != nil {
				t.Error(err)
			}
			checkRepo(t, dir, made, plan)
			if left, _ := filepath.Glob(filepath.Join(root, "*", ".spaas-init-*")); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// checkRepo checks that the repository has one commit with the planned files,
// and a remote.
func checkRepo(t *testing.T, dir string, made Made, plan *Plan) {
	t.Helper()
	head, err := gitrepo.HeadOf(dir)
	if err != nil || head.Commit == "" || head.Commit != made.Commit {
		t.Fatalf("HEAD is %+v, %v; said was %q", head, err, made.Commit)
	}
	repo, err := git.PlainOpen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := repo.Head()
	if err != nil || ref.Name() != "refs/heads/main" {
		t.Errorf("HEAD is %v, %v", ref, err)
	}
	commit, err := repo.CommitObject(ref.Hash())
	if err != nil {
		t.Fatal(err)
	}
	if commit.NumParents() != 0 || commit.Author.Email != "ana@example.com" || !commit.Author.When.Equal(maker.Now) {
		t.Errorf("the commit is %v", commit)
	}
	files, err := commit.Files()
	if err != nil {
		t.Fatal(err)
	}
	var committed []string
	for {
		f, err := files.Next()
		if err != nil {
			break
		}
		committed = append(committed, f.Name)
	}
	slices.Sort(committed)
	if !slices.Equal(committed, plan.paths()) {
		t.Errorf("committed %v\nplanned   %v", committed, plan.paths())
	}
	remote, err := repo.Remote("origin")
	if err != nil || remote.Config().URLs[0] != plan.Answers.Remote {
		t.Errorf("origin is %v, %v", remote, err)
	}
	work, _ := repo.Worktree()
	status, err := work.Status()
	if err != nil {
		t.Fatal(err)
	}
	for name := range status {
		if name != "NOTES.md" && name != "testdata/more.log" {
			t.Errorf("not committed and not ignored: %s", name)
		}
	}
}

// stopped is a context that ends after it was asked so many times: Ctrl-C at
// every step.
type stopped struct {
	context.Context
	left atomic.Int64
}

func (s *stopped) Err() error {
	if s.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// withoutRuntime makes a plan write no runtime, because its go.mod wants none.
func withoutRuntime(p *Plan) {
	i := slices.IndexFunc(p.Files, func(f File) bool { return f.Path == "go.mod" })
	p.Files[i].Data = []byte("module clicks\n")
}

func TestCtrlCAtEveryStepLeavesNothing(t *testing.T) {
	for name, prepare := range places {
		t.Run(name, func(t *testing.T) {
			steps := 0
			for ; ; steps++ {
				root := t.TempDir()
				plan := newPlan(t, prepare(t, root), Answers{Template: "skeleton", Git: "new"})
				if steps%10 != 9 {
					withoutRuntime(plan) // one step of many, and by far the slowest
				}
				before := tree(t, root)
				ctx := &stopped{Context: t.Context()}
				ctx.left.Store(int64(steps))
				_, err := plan.Apply(ctx)
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("step %d: %v", steps, err)
				}
				if after := tree(t, root); after != before {
					t.Fatalf("step %d left\n%s\nbefore it was\n%s", steps, after, before)
				}
			}
			t.Logf("%d steps", steps)
			if steps < 30 {
				t.Errorf("only %d steps were interrupted", steps)
			}
		})
	}
}

// A file that appears while the repo is being built stays, and the repo is not
// made around it.
func TestFaultWhileMovingIn(t *testing.T) {
	root := t.TempDir()
	dir := places["nothing collides"](t, root)
	w, err := newWorkshop(dir)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(w.dir, "a.txt"), "a")
	writeFile(t, filepath.Join(w.dir, "testdata", "b.txt"), "b")
	writeFile(t, filepath.Join(w.dir, "z", "z.txt"), "z")
	before := tree(t, w.dir)
	writeFile(t, filepath.Join(dir, "z"), "somebody else's")
	err = w.deliver(t.Context())
	if err == nil || !strings.Contains(err.Error(), "has appeared meanwhile") {
		t.Errorf("got %v", err)
	}
	if after := tree(t, w.dir); after != before {
		t.Errorf("not everything was moved back:\n%s", after)
	}
	if err := w.clear(true); err != nil {
		t.Fatal(err)
	}
	want := "./\nNOTES.md \"mine\"\ntestdata/\ntestdata/more.log \"mine too\"\nz \"somebody else's\"\n"
	if got := tree(t, dir); got != want {
		t.Errorf("left\n%s", got)
	}
}

func TestNoGitNoAuthor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "clicks")
	made, err := newPlan(t, dir, Answers{Template: "skeleton", Git: "none"}).Apply(t.Context())
	if err != nil || made.Commit != "" {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		t.Error("a repository was made")
	}

	dir = filepath.Join(t.TempDir(), "clicks")
	nobody := maker
	nobody.Author = gitrepo.Author{}
	plan, err := NewPlan(dir, Answers{Template: "skeleton"}.WithDefaults(dir, nobody), nobody)
	if err != nil {
		t.Fatal(err)
	}
	if made, err = plan.Apply(t.Context()); err != nil || made.Commit != "" {
		t.Fatalf("%+v, %v", made, err)
	}
	repo, err := git.PlainOpen(dir)
	if err != nil {
		t.Fatal(err)
	}
	index, err := repo.Storer.Index()
	if err != nil || len(index.Entries) != len(plan.Files) {
		t.Errorf("%d of %d files are staged: %v", len(index.Entries), len(plan.Files), err)
	}
}

func TestPlacesThatAreNone(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	writeFile(t, file, "x")
	for dir, want := range map[string]string{
		file:                          "there is a file of this name",
		filepath.Join(file, "clicks"): "a folder cannot be made below a file",
	} {
		_, err := NewPlan(dir, Answers{Template: "skeleton", Job: "clicks"}.WithDefaults(dir, maker), maker)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", dir, err)
		}
	}
	// Nobody can make a folder there, not even root.
	dir := "/proc/clicks"
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("no /proc")
	}
	_, err := newPlan(t, dir, Answers{Template: "skeleton", Git: "none"}).Apply(t.Context())
	if err == nil || !strings.Contains(err.Error(), "/proc/clicks: the repo cannot be made, and nothing was left behind") {
		t.Errorf("got %v", err)
	}
}
