package scaffold

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/fault"
)

func TestCheckJob(t *testing.T) {
	for name, want := range map[string]string{ // part of the fault, "" none
		"clicks":                "",
		"clicks-by-country":     "",
		"a":                     "",
		"top10":                 "",
		strings.Repeat("a", 40): "",
		"":                      "the job has no name",
		strings.Repeat("a", 43): "it has 43 letters, at most 40 are allowed",
		"Clicks":                "it starts with a small letter, a to z (for example clicks)",
		"9lives":                "it starts with a small letter, a to z (for example lives)",
		"clicks_by_country":     "it is made of small letters, digits and - (for example clicks-by-country)",
		"clicks by":             "(for example clicks-by)",
		"../clicks":             "(for example clicks)",
		"clicks-":               "each - stands between two letters or digits (for example clicks)",
		"a--b":                  "each - stands between two letters or digits (for example a-b)",
		"func":                  "it is a keyword of Go (for example func-job)",
		"Func":                  "it starts with a small letter, a to z",
		"range":                 "it is a keyword of Go",
		"spaas":                 "that word is reserved",
		"all":                   "that word is reserved",
		"internal":              "the go command lets nobody import",
	} {
		check(t, name, CheckJob(name), want)
	}
}

func check(t *testing.T, name string, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if (want == "") != (got == "") || !strings.Contains(got, want) {
		t.Errorf("%q: got %q, want %q", name, got, want)
	}
}

// What is suggested in place of a name can be taken, whatever was typed.
func TestSuggestionIsGood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z_ -]{1,60}`)).Draw(t, "name")
		err := CheckJob(name)
		if err == nil {
			return
		}
		f, _ := errors.AsType[*fault.Error](err)
		if near, ok := strings.CutPrefix(f.Do, "for example "); ok {
			if err := CheckJob(near); err != nil {
				t.Fatalf("%q is offered for %q: %v", near, name, err)
			}
		}
	})
}

func TestCheckModule(t *testing.T) {
	for path, want := range map[string]string{
		"clicks":                             "",
		"github.com/acme/clicks":             "",
		"git.example.com/streams/clicks":     "",
		"spaas":                              "",
		"time":                               "the standard library has a package time",
		"errors/more":                        "the standard library has a package errors",
		"internal":                           "lets nobody import",
		"main":                               "every program of Go is called so",
		"":                                   "cannot be the path of a Go module",
		"github.com/acme/my clicks":          "cannot be the path of a Go module",
		"github.com//clicks":                 "cannot be the path of a Go module",
		"https://github.com/acme/clicks":     "cannot be the path of a Go module",
		"github.com/spaas/spaas":             "it is that of spaas",
		"github.com/acme/clicks@v1":          "cannot be the path of a Go module",
		"../clicks":                          "cannot be the path of a Go module",
		"github.com/acme/clicks\nreplace x":  "cannot be the path of a Go module",
		"github.com/acme/clicks // indirect": "cannot be the path of a Go module",
	} {
		check(t, path, CheckModule(path), want)
	}
}

func TestCheckRemote(t *testing.T) {
	for remote, want := range map[string]string{
		"git@github.com:acme/clicks.git":          "",
		"https://github.com/acme/clicks":          "",
		"ssh://git@git.example.com:2222/a/b":      "",
		"https://ana@git.example.com/a/b":         "",
		"/srv/git/clicks.git":                     "",
		"file:///srv/git/clicks.git":              "",
		"clicks":                                  "write it as https://HOST/PATH",
		"../clicks":                               "write it as https://HOST/PATH",
		"https://github.com":                      "it lacks a host or a path",
		"https://ana:hunter2@git.example.com/a/b": `"https://ana:…@git.example.com/a/b" cannot be a remote: it holds a password`,
	} {
		err := CheckRemote(remote, GitNew)
		check(t, remote, err, want)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("a secret is in the fault: %v", err)
		}
	}
	check(t, "x", CheckRemote("git@github.com:acme/clicks.git", GitNone), "no repository that could have a remote")
}

func TestCheckOwnerAndNamespace(t *testing.T) {
	for owner, want := range map[string]string{
		"growth-data@example.com":  "",
		"Ana <ana@example.com>":    "no mail address",
		"ana":                      "no mail address",
		"":                         "no mail address",
		"a@b\nx: y":                "no mail address",
		"${env:OWNER}@example.com": "no mail address",
	} {
		check(t, owner, CheckOwner(owner), want)
	}
	for namespace, want := range map[string]string{
		"default": "", "growth": "", "Growth-2": "",
		"": "cannot be a namespace", "a b": "cannot be a namespace", "a_b": "cannot be a namespace",
	} {
		check(t, namespace, CheckNamespace(namespace), want)
	}
}
