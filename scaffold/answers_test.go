package scaffold

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/scaffold/gitrepo"
)

var ana = gitrepo.Author{Name: "Ana", Email: "ana@example.com"}

func TestDefaults(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Clicks_by_country")
	got := Answers{Template: "skeleton"}.WithDefaults(dir, maker)
	want := Answers{
		Job: "clicks-by-country", Template: "skeleton", Source: "kafka", Sink: "blackhole",
		Git: "new", CI: "none", Module: "clicks-by-country", Owner: "ana@example.com", Namespace: "default", Runtime: "bundled",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if err := got.Check(); err != nil {
		t.Errorf("the defaults are wrong: %v", err)
	}

	given := Answers{Template: "windowed", Job: "x", Remote: "git@github.com:acme/x.git", Sink: "stdout", Git: "new"}
	got = given.WithDefaults(dir, Maker{})
	if got.Module != "github.com/acme/x" || got.Sink != "stdout" || got.Owner != "x@example.com" {
		t.Errorf("got %+v", got)
	}
}

func TestNoRepositoryInsideAnother(t *testing.T) {
	dir := t.TempDir()
	if _, err := gitrepo.Create(t.Context(), dir, gitrepo.Creation{}); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(dir, "jobs", "clicks")
	if got := (Answers{}).WithDefaults(inside, maker).Git; got != GitNone {
		t.Errorf("the default for git is %s", got)
	}
}

// Every fault of the answers at once, each with its place.
func TestCheckAnswers(t *testing.T) {
	err := Answers{
		Job: "Clicks", Template: "skeleton", Source: "kafak", Sink: "hive", Git: "maybe", CI: "travis",
		Remote: "x", Module: "fmt", Owner: "me", Namespace: "a b", Runtime: "jvm",
	}.Check()
	list, ok := errors.AsType[fault.List](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := []string{
		`job: "Clicks" cannot be the name of a job: it starts with a small letter, a to z (for example clicks)`,
		`source: "kafak" is no source of template skeleton (choose kafka, file, generator)`,
		`sink: "hive" is no sink of template skeleton (choose blackhole, kafka, file, stdout)`,
		`git: "maybe" is no choice for git (choose new, none)`,
		`ci: "travis" is no CI system (choose github, gitlab, jenkins, none)`,
		`remote: "x" cannot be a remote: write it as https://HOST/PATH, ssh://HOST/PATH, git@HOST:PATH, or as an absolute path (such as git@github.com:acme/clicks.git)`,
		`module: "fmt" cannot be the path of a Go module: the standard library has a package fmt (write it as HOST/PATH, such as github.com/acme/clicks, or as one plain word)`,
		`owner: "me" is no mail address (the owner is who is paged: growth-data@example.com)`,
		`namespace: "a b" cannot be a namespace of Nomad (it is made of letters, digits and -, at most 128)`,
		`runtime: "jvm" is no choice for the runtime (choose bundled, module)`,
	}
	if got := list.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if err := (Answers{Template: "windwed"}).Check(); !strings.Contains(err.Error(), `template: "windwed" is no template (choose windowed, skeleton)`) {
		t.Errorf("got %v", err)
	}
}

func TestAnswersAreKept(t *testing.T) {
	want := Answers{Template: "windowed", Remote: "git@github.com:acme/clicks.git"}.WithDefaults("/x/clicks", maker)
	file, err := answersFile(want, 7, version.Info{Version: "0.3.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"version: 1\n", "spaas: 0.3.1\n", "template: windowed\n", "template_version: 7\n"} {
		if !strings.Contains(string(file.Data), "\n"+line) {
			t.Errorf("no line %q in\n%s", line, file.Data)
		}
	}
	got, err := ParseAnswers(file.Data)
	if err != nil || got != want {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestParseAnswersRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"job: clicks\ntemplat: windowed\n": `[2:1] unknown field "templat"`,
		"job: [a\n":                        "[1:",
		"version: 2\n":                     "the answers are of version 2",
	} {
		if _, err := ParseAnswers([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
