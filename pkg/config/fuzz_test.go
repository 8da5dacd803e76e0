package config

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spaas/spaas/pkg/fault"
)

// Whatever a document holds, reading it ends in faults or in a config, never in
// a panic; every fault has its line; what is read is in force as it was read.
func FuzzLoad(f *testing.F) {
	archives, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		documents := map[string]string{}
		for _, file := range archive.Files {
			documents[file.Name] = string(file.Data)
		}
		f.Add(documents["spaas.yaml"], documents["envs/prod.yaml"], documents["platform.yaml"], "resources.memory=1GiB")
	}
	for _, odd := range []string{"a: &a [*a]", "? - - -", "{{{{[[[[", "a: |", "- a\n b: c", "\xff\xfe", "a: \"\\", "%YAML 9\n---\n", "a:\n\t- b", "<<: *x", "!!map {a: b}"} {
		f.Add(odd, odd, odd, odd)
	}
	f.Fuzz(func(t *testing.T, template, env, platform, set string) {
		files := map[string]string{"spaas.yaml": template, "envs/e.yaml": env, "platform.yaml": platform}
		o := Options{Env: "e", Platform: "platform.yaml", Set: []string{set}, Live: []Live{{Key: "alerts.lag", Value: set}}}
		l, err := load(o, func(name string) ([]byte, error) { return []byte(files[filepath.ToSlash(name)]), nil })
		if err != nil {
			for _, one := range fault.List(nil).Add(err) {
				if one.Error() == "" || strings.Contains(one.Error(), "(MISSING)") || strings.Contains(one.Error(), "(EXTRA ") || strings.ContainsFunc(one.Error(), unicode.IsControl) {
					t.Errorf("%q", one)
				}
			}
			return
		}
		for _, k := range l.Keys {
			if k.Path == "" || k.From == "" && k.Effective != "" {
				t.Errorf("%+v", k)
			}
		}
		again, err := load(o, func(name string) ([]byte, error) { return []byte(files[filepath.ToSlash(name)]), nil })
		if err != nil || !reflect.DeepEqual(l.Job, again.Job) {
			t.Errorf("another time: %v", err)
		}
	})
}

// What render writes, the parser reads as the same.
func FuzzRender(f *testing.F) {
	for _, s := range []string{"a: b", "a: [1, '2', \"x\\ny\"]", "a: {b: null, c: true}", "a: é # c", "a: '#'", "a: |\n  x\n  y\n", "a: ': '", "\"a: b\": c", "a: \"\u2028\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, document string) {
		root, err := parseText("doc", []byte(document))
		if err != nil || !utf8.ValidString(document) {
			return
		}
		again, err := parseText("again", []byte(root.render()))
		if err != nil || !again.equal(root) {
			t.Errorf("%q is written as %s, which is read as %s, %v", document, root.render(), again.render(), err)
		}
	})
}
