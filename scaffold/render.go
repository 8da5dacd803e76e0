package scaffold

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"
	"golang.org/x/mod/module"

	"github.com/spaas/spaas/templates"
)

// File is one file of a repo.
type File struct {
	Path string // below the repo, with slashes
	Data []byte
	Mode fs.FileMode // 0o644, or 0o755 for a script
}

// facts are what a template's files may say.
type facts struct {
	Answers
	// Version is that of the runtime that go.mod requires, and Bundled says that
	// it is the one that spaas brings along.
	Version string
	Bundled bool
}

// render makes the files of the layers of a template, sorted by path.
func render(t templates.Template, f facts) ([]File, error) {
	rename := renamed(t, f.Answers)
	var files []File
	for _, layer := range t.Layers(f.CI) {
		err := fs.WalkDir(layer, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(layer, name)
			if err != nil {
				return err
			}
			name, isTemplate := strings.CutSuffix(name, ".tmpl")
			if isTemplate {
				if data, err = execute(name, data, f); err != nil {
					return err
				}
			}
			files = append(files, newFile(rename.Replace(name), []byte(rename.Replace(string(data)))))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files, nil
}

// functions are what templates may call.
var functions = template.FuncMap{
	// yaml writes a text so that YAML reads the same: in quotes where it must be.
	"yaml": func(text string) (string, error) {
		data, err := yaml.Marshal(text)
		return strings.TrimSpace(string(data)), err
	},
	// program is what the go command calls the program of a module.
	"program": func(path string) string {
		if prefix, _, ok := module.SplitPathVersion(path); ok {
			path = prefix
		}
		return path[strings.LastIndexByte(path, '/')+1:]
	},
}

// execute fills in a text/template.
func execute(name string, text []byte, f facts) ([]byte, error) {
	t, err := template.New(name).Delims("[[", "]]").Funcs(functions).Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, f); err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// renamed replaces the names of source and sink, in code, config and names of
// files alike, where they say which connector is meant and it is another.
func renamed(t templates.Template, a Answers) *strings.Replacer {
	var pairs []string
	for _, end := range []struct {
		templates.Edge
		connector string
	}{{t.Source, a.Source}, {t.Sink, a.Sink}} {
		pairs = append(pairs, end.Name, end.NameFor(end.connector))
	}
	return strings.NewReplacer(pairs...)
}

// newFile is a file that is executable if it is a script.
func newFile(path string, data []byte) File {
	mode := fs.FileMode(0o644)
	if bytes.HasPrefix(data, []byte("#!")) {
		mode = 0o755
	}
	return File{path, data, mode}
}
