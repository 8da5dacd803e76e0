package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names of the files of a job.
const (
	TemplateFile       = "spaas.yaml"
	EnvironmentsFolder = "envs"
)

// path is where a file of the options is: relative ones start at Dir.
func (o Options) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.Dir, name)
}

// file is where spaas.yaml is.
func (o Options) file() string {
	if o.File == "" {
		return o.path(TemplateFile)
	}
	return o.path(o.File)
}

// envFile is where an environment is.
func (o Options) envFile(env string) string {
	return filepath.Join(filepath.Dir(o.file()), EnvironmentsFolder, env+".yaml")
}

// shown is a file as people know it: from the folder of the job where it is in
// there.
func (o Options) shown(file string) string {
	dir := o.Dir
	if dir == "" {
		dir = "."
	}
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return file
}

// document reads one file into a tree, nil when that is not possible; an empty
// file is an empty block.
func (l *layered) document(layer Layer, file string) *node {
	src := l.source(layer, l.o.shown(file))
	data, err := l.read(file)
	if err != nil {
		do := ""
		if layer == LayerTemplate && errors.Is(err, fs.ErrNotExist) {
			do = "a job has its spaas.yaml in its folder: go there, pass -C dir, or start one with spaas init"
		}
		l.faults.add(place{source: src}, do, "cannot be read: %v", plainError(err))
		return nil
	}
	before := len(l.faults.all)
	root := parseDocument(src, data, l.faults)
	if root == nil && len(l.faults.all) == before {
		root = &node{kind: block, at: place{src, 1, 1}}
	}
	return root
}

// plainError is an error of a file without the file's name, which is said already.
func plainError(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// environments lists the names of the files in envs.
func environments(o Options) ([]string, error) {
	files, err := os.ReadDir(filepath.Dir(o.envFile("any")))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".yaml"); ok && !f.IsDir() {
			names = append(names, name)
		}
	}
	return names, nil
}
