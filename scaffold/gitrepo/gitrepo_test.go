package gitrepo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	ana  = Author{"Ana", "ana@example.com"}
	when = time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
)

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newRepo is a repository with one commit: .gitignore and main.go.
func newRepo(t *testing.T) (dir, commit string) {
	t.Helper()
	dir = t.TempDir()
	writeFile(t, filepath.Join(dir, ".gitignore"), "/bin/\n")
	writeFile(t, filepath.Join(dir, "main.go"), "package main\n")
	commit, err := Create(t.Context(), dir, Creation{
		Files: []string{".gitignore", "main.go"}, Message: "a job\n", Author: ana, When: when,
		Remote: "git@example.com:acme/clicks.git",
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, commit
}

// What we made is what git itself understands.
func TestCreateForGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here to ask")
	}
	dir, commit := newRepo(t)
	for args, want := range map[string]string{
		"rev-parse HEAD":              commit,
		"branch --show-current":       "main",
		"status --porcelain":          "",
		"log --format=%an/%ae/%ct/%s": "Ana/ana@example.com/1795269600/a job",
		"remote get-url origin":       "git@example.com:acme/clicks.git",
		"ls-tree -r --name-only HEAD": ".gitignore\nmain.go",
		"fsck --strict --no-progress": "",
		"diff --cached --name-only":   "",
		"rev-list --count --all":      "1",
		"config --get core.bare":      "false",
	} {
		cmd := exec.Command("git", append([]string{"-c", "safe.directory=*", "-C", dir}, strings.Fields(args)...)...)
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); got != want || err != nil {
			t.Errorf("git %s: %q, %v, want %q", args, got, err, want)
		}
	}
}

func TestHeadOf(t *testing.T) {
	if head, err := HeadOf(t.TempDir()); err != nil || head != (Head{}) {
		t.Errorf("without a repository: %+v, %v", head, err)
	}
	empty := t.TempDir()
	if _, err := Create(t.Context(), empty, Creation{}); err != nil {
		t.Fatal(err)
	}
	if head, err := HeadOf(empty); err != nil || head != (Head{}) {
		t.Errorf("without a commit: %+v, %v", head, err)
	}

	dir, commit := newRepo(t)
	t.Setenv("HOME", t.TempDir())
	is := func(when string, want Head) {
		t.Helper()
		for _, at := range []string{dir, filepath.Join(dir, "deep")} {
			if head, err := HeadOf(at); err != nil || head != want {
				t.Errorf("%s, seen from %s: %+v, %v, want %+v", when, at, head, err, want)
			}
		}
	}
	writeFile(t, filepath.Join(dir, "bin", "deep"), "ignored")
	if err := os.Mkdir(filepath.Join(dir, "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	is("only an ignored file more", Head{Commit: commit})

	editor := filepath.Join(dir, ".idea", "x")
	writeFile(t, editor, "")
	is("a file more", Head{commit, true})
	ignore := filepath.Join(os.Getenv("HOME"), "ignore")
	writeFile(t, ignore, ".idea/\n")
	writeFile(t, filepath.Join(os.Getenv("HOME"), ".gitconfig"), "[core]\n\texcludesFile = "+ignore+"\n")
	is("a file that this person ignores everywhere", Head{Commit: commit})

	writeFile(t, filepath.Join(dir, "main.go"), "package main // changed\n")
	is("a changed file", Head{commit, true})
	writeFile(t, filepath.Join(dir, "main.go"), "package main\n")
	is("changed back", Head{Commit: commit})
	if err := os.Remove(filepath.Join(dir, "main.go")); err != nil {
		t.Fatal(err)
	}
	is("a removed file", Head{commit, true})
}

func TestInside(t *testing.T) {
	dir, _ := newRepo(t)
	for _, at := range []string{dir, filepath.Join(dir, "not", "there", "yet")} {
		if got := Inside(at); got != dir {
			t.Errorf("Inside(%s) = %q", at, got)
		}
	}
	if got := Inside(t.TempDir()); got != "" {
		t.Errorf("a folder in no repository lies in %q", got)
	}
}

func TestAuthorOf(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "xdg"))
	env := map[string]string{}
	is := func(when string, want Author) {
		t.Helper()
		if got := AuthorOf(func(name string) string { return env[name] }); got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	writeFile(t, filepath.Join(home, ".gitconfig"), "[user]\n\tname = Ana\n")
	is("a name and no address", Author{})
	writeFile(t, filepath.Join(home, ".gitconfig"), "[user]\n\tname = Ana\n\temail = ana@example.com\n")
	is("git config", ana)
	env["GIT_AUTHOR_EMAIL"] = "ana@work.example.com"
	is("the environment wins", Author{"Ana", "ana@work.example.com"})
	env["GIT_AUTHOR_NAME"] = "Bo"
	is("both from the environment", Author{"Bo", "ana@work.example.com"})
	writeFile(t, filepath.Join(home, ".gitconfig"), "[user\n")
	is("a config that cannot be read", Author{"Bo", "ana@work.example.com"})
}

func TestModulePath(t *testing.T) {
	for remote, want := range map[string]string{
		"git@github.com:acme/clicks.git":         "github.com/acme/clicks",
		"https://git.example.com/a/b/clicks.git": "git.example.com/a/b/clicks",
		"https://ana@git.example.com/a/clicks/":  "git.example.com/a/clicks",
		"ssh://git@git.example.com:2222/a/b":     "git.example.com/a/b",
		"/srv/git/clicks.git":                    "",
		"":                                       "",
	} {
		if got := ModulePath(remote); got != want {
			t.Errorf("ModulePath(%q) = %q, want %q", remote, got, want)
		}
	}
}
