package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

// TestEdit changes the documents of each archive in testdata/edit. The lines of
// its comment are the edits, and options; `want` is what came of them.
func TestEdit(t *testing.T) {
	archives, err := filepath.Glob("testdata/edit/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			var want string
			inputs := archive.Files[:0:0]
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				inputs = append(inputs, f)
				write(t, filepath.Join(dir, f.Name), string(f.Data))
			}
			got := play(t, dir, string(archive.Comment))
			if *update {
				archive.Files = append(inputs, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

// play carries the lines of a comment out, each on the files as they were left
// by the one before, and renders what each did.
func play(t *testing.T, dir, comment string) string {
	var b strings.Builder
	o := Options{Dir: dir, PlatformLater: true}
	for line := range strings.Lines(comment) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		var change Change
		var err error
		switch words[0] {
		case "env":
			o.Env = strings.Join(words[1:], "")
			continue
		case "set":
			var values []Assignment
			for _, word := range words[1:] {
				key, value, _ := strings.Cut(word, "=")
				values = append(values, Assignment{key, strings.ReplaceAll(value, "_", " ")})
			}
			change, err = Set(o, values...)
		case "unset":
			change, err = Unset(o, words[1:]...)
		default:
			continue
		}
		fmt.Fprintf(&b, "> %s", line)
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		for _, key := range change.Keys {
			fmt.Fprintf(&b, "%s: %q -> %q at %s\n", key.Path, key.Before, key.After, key.Where)
		}
		if change.Created {
			fmt.Fprintln(&b, "created")
		}
		data, err := os.ReadFile(filepath.Join(dir, change.File))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", data)
	}
	return b.String()
}

// TestEditKeepsTheRest edits documents of many layouts: what the document says
// then is what was asked for, and no other line has changed.
func TestEditKeepsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := layouts(t, 0, 0)
		root, err := parseText("doc", []byte(doc))
		if err != nil {
			t.Fatalf("the test made no YAML: %v\n%s", err, doc)
		}
		keys := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 3).Draw(t, "path")
		path := strings.Join(keys, ".")
		value, err := parseText("value", []byte("v: "+rapid.SampledFrom([]string{"1", "x y", `"#"`, "[p, q]", "{r: 1}", "null", `"1"`}).Draw(t, "value")))
		if err != nil {
			t.Fatal(err)
		}
		e := &editing{root: root, text: splice{data: []byte(doc)}, template: root}
		remove := root.find(path) != nil && rapid.Bool().Draw(t, "remove")
		if remove {
			err = e.unset(path)
		} else {
			err = e.set(path, value.get("v"))
		}
		if err != nil {
			t.Fatalf("%s cannot be changed: %v\n%s", path, err, doc)
		}
		gone := path // what may go away with its comments: also the blocks that became empty
		for up := parent(gone); remove && up != "" && len(root.find(up).value.entries) == 1; up = parent(gone) {
			gone = up
		}
		for line := range strings.Lines(doc) {
			if strings.Contains(line, "# keep") && !strings.Contains(string(e.text.data), line[strings.Index(line, "#"):]) && !touched(root, gone, doc, line) {
				t.Fatalf("%s took away %q:\n%s\nbecame\n%s", path, line, doc, e.text.data)
			}
		}
	})
}

func parent(path string) string { return path[:max(0, strings.LastIndexByte(path, '.'))] }

// touched reports whether a line belongs to a key that is replaced or removed.
func touched(root *node, path, doc, line string) bool {
	keys := strings.Split(path, ".")
	for i := len(keys); i > 0; i-- {
		said := root.find(strings.Join(keys[:i], "."))
		if said == nil {
			continue
		}
		number := 1 + strings.Count(doc[:strings.Index(doc, line)], "\n")
		return number >= said.at.line
	}
	return false
}

// layouts draws a block of keys in one of the ways in which people write them.
func layouts(t *rapid.T, depth, indent int) string {
	var b strings.Builder
	pad := strings.Repeat(" ", indent)
	for _, key := range []string{"a", "b", "c"} {
		if !rapid.Bool().Draw(t, "has "+key) {
			continue
		}
		comment := rapid.SampledFrom([]string{"", " # keep " + fmt.Sprint(b.Len(), indent)}).Draw(t, "comment")
		if rapid.IntRange(0, 3).Draw(t, "above") == 0 {
			fmt.Fprintf(&b, "%s# keep above %s %d %d\n\n", pad, key, depth, b.Len())
		}
		kinds := []string{"1", `"quo#ted"`, "'it''s'", "plain words", "[x, y]", "{}", "{a: 1, b: {c: 2}}", "{ b: x , }", "null", "",
			"\n" + pad + "- x\n" + pad + "- y", "|\n" + pad + "  text\n" + pad + "  # no comment", "plain\n" + pad + "  goes on", "{a: 1,\n" + pad + "  b: 2}", "deeper"}
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		if kind != "deeper" {
			if strings.Contains(kind, "\n") {
				comment = ""
			}
			fmt.Fprintf(&b, "%s%s: %s%s\n", pad, key, kind, comment)
			continue
		}
		inner := ""
		if depth < 2 {
			inner = layouts(t, depth+1, indent+rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "indent"))
		}
		fmt.Fprintf(&b, "%s%s:%s\n%s", pad, key, comment, inner)
	}
	return b.String()
}

// An edited file keeps its mode, its line ends and byte order mark, and the link
// that leads to it; nothing else is left in the folder.
func TestEditReplacesTheFile(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "real", "spaas.yaml")
	write(t, real, "\xef\xbb\xbfversion: 1\r\njob: clicks\r\nresources:\r\n  cpu: 1000 # é\r\n")
	if err := os.Chmod(real, 0o640); err != nil {
		t.Fatal(err)
	}
	job := filepath.Join(dir, "job")
	if err := os.Mkdir(job, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, filepath.Join(job, "spaas.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := Set(Options{Dir: job}, Assignment{"resources.cpu", "2000"}, Assignment{"resources.memory", "1GiB"}, Assignment{"job", "other"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(real)
	if want := "\xef\xbb\xbfversion: 1\r\njob: other\r\nresources:\r\n  cpu: 2000 # é\r\n  memory: 1GiB\r\n"; err != nil || string(got) != want {
		t.Errorf("%v: %q", err, got)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v: mode %v", err, info.Mode())
	}
	if link, err := os.Readlink(filepath.Join(job, "spaas.yaml")); err != nil || link != real {
		t.Errorf("the link leads to %q, %v", link, err)
	}
	if files, err := os.ReadDir(filepath.Dir(real)); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}
