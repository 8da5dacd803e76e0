package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Names of the files of a job.
const (
	TemplateFile       = "spaas.yaml"
	EnvironmentsFolder = "envs"
)

// layered is what is being loaded.
type layered struct {
	o      Options
	read   func(name string) ([]byte, error)
	faults *faults

	template  *node   // nil when it cannot be read
	overrides []*node // the layers above, from the weakest to the strongest
	context   string
	expired   []Live
	sources   int // that were read, to order their faults
}

func newLayered(o Options) *layered {
	return &layered{o: o, read: os.ReadFile, faults: &faults{}}
}

func (l *layered) source(layer Layer, name string) *source {
	l.sources++
	return &source{layer: layer, name: name, order: l.sources}
}

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

// check reads a tree for its faults only.
func (l *layered) check(s *shape, n *node) {
	into := reflect.New(s.typ).Elem()
	(&reader{l.faults}).read("", s, nil, n, into)
}

// readTemplate reads spaas.yaml.
func (l *layered) readTemplate() {
	root := l.document(LayerTemplate, l.o.file())
	if root == nil {
		return
	}
	l.check(jobShape, root)
	for _, side := range []string{"sources", "sinks"} {
		for _, e := range root.get(side).children() {
			if e.value.kind == null {
				l.faults.add(e.at, "say at least its connector, or take it out", "%s.%s says nothing", side, e.key)
			}
		}
	}
	if root.kind == block {
		l.template = root
	}
}

// children are the entries of a block; none of what is no block.
func (n *node) children() []entry {
	if n == nil {
		return nil
	}
	return n.entries
}

// readEnvironment reads envs/<env>.yaml.
func (l *layered) readEnvironment() {
	env := l.o.Env
	if env == "" {
		return
	}
	flag := place{source: l.source(LayerEnvironment, "")}
	if e := checkName("environment", env, refuseName(reservedNames)); e != nil {
		l.faults.add(flag, e.Do, "%s", e.What)
		return
	}
	file := l.o.envFile(env)
	if _, err := l.read(file); errors.Is(err, fs.ErrNotExist) {
		envs, _ := environments(l.o)
		do := fmt.Sprintf("this job has no environments; %s begins one", "spaas config set context NAME --env "+env)
		if len(envs) > 0 {
			do = nearest(env, envs)
		}
		l.faults.add(flag, do, "there is no environment %q: %s does not exist", env, l.o.shown(file))
		return
	}
	root := l.document(LayerEnvironment, file)
	if root == nil {
		return
	}
	l.check(environmentShape, root)
	if context := root.get("context"); context == nil || context.kind == null {
		l.faults.add(root.at, "context: the Nomad cluster that this environment is on", "context is missing")
	} else {
		l.context = context.text
	}
	l.override(root)
}

// readLive reads the live overrides; those that have ended are left out.
func (l *layered) readLive() {
	for _, live := range l.o.Live {
		if !live.Until.IsZero() && !l.o.Now.Before(live.Until) {
			l.expired = append(l.expired, live)
			continue
		}
		l.overrideText(l.source(LayerLive, live.from()), live.Key, live.Value)
	}
}

// from says who said it, why, and until when.
func (l Live) from() string {
	parts := []string{l.Who}
	if l.Why != "" {
		parts = append(parts, l.Why)
	}
	if !l.Until.IsZero() {
		parts = append(parts, "until "+l.Until.UTC().Format("2 Jan 15:04Z"))
	}
	return "live: " + strings.Join(parts, ", ")
}

// readSet reads --set.
func (l *layered) readSet() {
	src := l.source(LayerSet, "--set")
	for _, set := range l.o.Set {
		key, value, ok := strings.Cut(set, "=")
		if !ok {
			l.faults.add(place{source: src}, "write key=value", "%s has no value", show(set))
			continue
		}
		l.overrideText(src, strings.TrimSpace(key), value)
	}
}

// overrideText overrides one key by a value that is written as YAML.
func (l *layered) overrideText(src *source, path, value string) {
	if said := l.assignment(src, path, value); said != nil {
		l.check(jobShape, said)
		l.override(said)
	}
}

// assignment is a tree that gives one key a value, nil when it cannot be read.
func (l *layered) assignment(src *source, path, value string) *node {
	at := place{source: src}
	before := len(l.faults.all)
	said := parseDocument(src, []byte(value), l.faults)
	if len(l.faults.all) > before {
		for i := range l.faults.all[before:] {
			one := &l.faults.all[before+i]
			one.what = fmt.Sprintf("the value of %s: %s", show(path), one.what)
		}
		return nil
	}
	if said == nil {
		said = &node{at: at}
	}
	for _, key := range slices.Backward(strings.Split(path, ".")) {
		if key == "" {
			l.faults.add(at, "the path of a key is like resources.memory", "%s is no path of a key", show(path))
			return nil
		}
		said = &node{kind: block, at: at, entries: []entry{{key, at, said}}}
	}
	return said
}

// override puts a layer over the ones before, without the sources and sinks
// that the job has not.
func (l *layered) override(root *node) {
	if root.kind != block {
		return
	}
	kept := &node{kind: block, at: root.at}
	for _, e := range root.entries {
		if (e.key == "sources" || e.key == "sinks") && l.template != nil {
			e.value = l.known(e)
		}
		if e.key != "context" {
			kept.entries = append(kept.entries, e)
		}
	}
	l.overrides = append(l.overrides, kept)
}

// known is a layer's sources or sinks without those that the job has not, each
// of which is a fault.
func (l *layered) known(side entry) *node {
	if side.value.kind != block {
		return side.value
	}
	var names []string
	for _, e := range l.template.get(side.key).children() {
		names = append(names, e.key)
	}
	kept := *side.value
	kept.entries = nil
	for _, e := range side.value.entries {
		if !slices.Contains(names, e.key) {
			one := strings.TrimSuffix(side.key, "s")
			do := nearest(e.key, names)
			if len(names) == 0 {
				do = "the job has no " + side.key
			}
			l.faults.add(e.at, do, "%s %s is not in %s", one, show(e.key), l.o.shown(l.o.file()))
			continue
		}
		kept.entries = append(kept.entries, e)
	}
	return &kept
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
