package initcmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5"

	. "github.com/spaas/spaas/cmd/spaas/internal/termtest"
)

// step is a page of the wizard: how it is recognised, and the keys that answer it.
type step struct {
	sees string
	keys string
}

// allSteps answer every question, with Down where another choice than the first is meant.
var allSteps = []step{
	{"Directory", "clicks" + Enter},
	{"Name of the job", Enter},
	{"Template", Down + Enter},
	{"Source", Down + Down + Enter},
	{"Sink", Enter},
	{"Git repository", Enter},
	{"Remote", "git@github.com:acme/clicks.git" + Enter},
	{"CI", Down + Enter},
	{"Write these", Enter},
}

func walk(s *Screen, steps []step) {
	for _, step := range steps {
		s.See(step.sees)
		s.Type(step.keys)
	}
}

func exits(t *testing.T, s *Screen, want int) {
	t.Helper()
	if code := s.Exit(); code != want {
		t.Errorf("exit code %d, want %d; the screen shows\n%s", code, want, s.Text())
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWizard(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, "init")
	walk(s, allSteps[:len(allSteps)-1])

	s.See("Write these", "template  skeleton, from generator to blackhole", "module    github.com/acme/clicks",
		"git       branch main, first commit by Ana <ana@example.com>", "origin    git@github.com:acme/clicks.git",
		".gitlab-ci.yml", "clicks in "+dir+"/clicks")
	if _, err := os.Stat(filepath.Join(dir, "clicks")); err == nil {
		t.Error("something was written before the review was confirmed")
	}
	s.Type(Enter)
	exits(t, s, 0)
	s.See("Made "+dir, "cd clicks", "spaas run")

	answers := read(t, dir, "clicks", ".spaas", "answers.yaml")
	for _, line := range []string{"job: clicks", "template: skeleton", "source: generator", "sink: blackhole", "git: new",
		"remote: git@github.com:acme/clicks.git", "ci: gitlab", "module: github.com/acme/clicks", "owner: ana@example.com", "namespace: default"} {
		if !strings.Contains(answers, "\n"+line+"\n") {
			t.Errorf("no %q in the answers:\n%s", line, answers)
		}
	}
	repo, err := git.PlainOpen(filepath.Join(dir, "clicks"))
	if err != nil {
		t.Fatal(err)
	}
	if head, err := repo.Head(); err != nil || head.Name().Short() != "main" {
		t.Errorf("HEAD is %v, %v", head, err)
	}
}

// Ctrl-C on every page, and No at the end: nothing is there afterwards.
func TestStopAtEveryStep(t *testing.T) {
	for i, at := range allSteps {
		t.Run(at.sees, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := start(t, dir, "init")
			walk(s, allSteps[:i])
			s.See(at.sees)
			s.Type(CtrlC)
			exits(t, s, 130)
			s.See("stopped, and nothing was written")
			empty(t, dir)
		})
	}
	t.Run("No", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		s := start(t, dir, "init")
		walk(s, allSteps[:len(allSteps)-1])
		s.See("Write these")
		s.Type("n")
		exits(t, s, 130)
		empty(t, dir)
	})
}

func empty(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}

// Going back changes answers, and what was answered on pages that are not shown
// any more counts no longer.
func TestBack(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, "init", "clicks", "--ci", "none")
	walk(s, []step{
		{"Name of the job", "first" + Enter},
		{"Template", Down + Enter},             // skeleton
		{"Source", Down + Down + Enter},        // generator, which windowed has not
		{"Sink", ShiftTab},                     // back to the source
		{"records that are made up", ShiftTab}, // back to the template
		{"Template", Up + ShiftTab},            // windowed, and back to the name
		{"Name of the job", CtrlU + "second" + Enter},
		{"Template", Enter},
		{"Source", Enter},
		{"Sink", Enter},
		{"Git repository", Down + Enter},
	})
	s.See("Write these", "second in", "template  windowed, from kafka to kafka", "git       none")
	s.Type(Enter)
	exits(t, s, 0)
}

// A wrong answer is said on the page, which stays until it is right.
func TestWrongAnswers(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir, "init", "--template", "skeleton", "--source", "file", "--sink", "file")
	s.See("Directory")
	s.Type(Enter)
	s.See("it needs a name, such as clicks")
	s.Type("file", Enter)
	s.See("there is a file of this name")
	s.Type(CtrlU, "Clicks_2", Enter)
	s.See("Name of the job", "clicks-2")
	s.Type("func", Enter)
	s.See("it is a keyword of Go (for example func-job)")
	s.Type(CtrlU, "Top", Enter)
	s.See("it starts with a small letter, a to z")
	s.Type(CtrlU, Enter)
	s.See("Git repository")
	s.Type(Enter)
	s.See("Remote")
	s.Type("https://ana:hunter2@example.com/a/b", Enter)
	s.See("it holds a password")
	s.Type(CtrlC)
	exits(t, s, 130)
}

// What flags say is not asked; when all is said, only the review is left.
func TestFlagsAreNotAsked(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, "init", "clicks", "--job", "x", "--template", "skeleton", "--source", "kafka", "--sink", "file",
		"--git", "none", "--ci", "none")
	s.See("Write these", "x in "+dir+"/clicks")
	s.Type(Enter)
	exits(t, s, 0)

	s = start(t, dir, "init", "clicks-2", "--template", "skeleton", "--yes")
	exits(t, s, 0)
	s.See("Made " + dir + "/clicks-2")
}

func TestInsideARepository(t *testing.T) {
	dir := t.TempDir()
	if _, err := git.PlainInit(dir, false); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir, "init", "clicks", "--job", "x", "--template", "skeleton", "--source", "kafka", "--sink", "file", "--ci", "none")
	s.See("Git repository", "lies in a repository already")
	s.Type(Enter)
	s.See("Write these", "git       none")
	s.Type(Enter)
	exits(t, s, 0)
}

// Nothing but the answer comes on the terminal: no verb asks the terminal about
// itself only because forms are linked in.
func TestNoQuestionsToTheTerminal(t *testing.T) {
	s := start(t, t.TempDir(), "version")
	exits(t, s, 0)
	if raw := s.Raw(); !strings.HasPrefix(raw, "spaas ") || strings.Contains(raw, "\x1b") {
		t.Errorf("written was %q", raw)
	}
	// The forms themselves neither.
	s = start(t, t.TempDir(), "init")
	s.See("Directory")
	s.Type(CtrlC)
	exits(t, s, 130)
	for _, query := range []string{"\x1b]11;?", "\x1b[6n"} {
		if strings.Contains(s.Raw(), query) {
			t.Errorf("the terminal was asked %q", query)
		}
	}
}
