package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spaas/spaas/pkg/fault"
)

// Assignment gives a key of a document a value, which is written as YAML.
type Assignment struct{ Key, Value string }

// Change is what an edit did.
type Change struct {
	File    string // as people know it: "envs/prod.yaml"
	Created bool   // the file is new
	Keys    []ChangedKey
}

// ChangedKey is one key that an edit changed. Before and After are what the
// document says about it; "" is nothing.
type ChangedKey struct {
	Path, Where   string // Where is file:line, "" for a key that is gone
	Before, After string
}

// Set writes values into envs/<env>.yaml of o.Env, or into spaas.yaml when o has
// no environment. Comments, order and layout of the file stay as they are; it is
// replaced in one step. Nothing is written, and every fault returned, when the
// result would not load. An environment that does not exist is begun when its
// context is among the values.
func Set(o Options, values ...Assignment) (Change, error) {
	return edit(o, func(e *editing) error {
		for _, v := range values {
			said, err := e.value(v)
			if err != nil {
				return err
			}
			if err := e.set(v.Key, said); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unset takes keys out of the document that [Set] writes. Blocks that become
// empty go with them.
func Unset(o Options, keys ...string) (Change, error) {
	return edit(o, func(e *editing) error {
		for _, key := range keys {
			if err := e.unset(key); err != nil {
				return err
			}
		}
		return nil
	})
}

// editing is a document that is being changed.
type editing struct {
	o      Options
	file   string
	text   splice
	root   *node // what text says
	change Change
	// template lays new blocks out as spaas.yaml does.
	template *node
}

func edit(o Options, change func(*editing) error) (Change, error) {
	e := &editing{o: o, file: o.file()}
	if o.Env != "" {
		if err := CheckName("environment", o.Env); err != nil {
			return Change{}, fault.List{err}
		}
		e.file = o.envFile(o.Env)
	}
	e.change.File = o.shown(e.file)

	l := newLayered(o)
	if l.readTemplate(); l.template == nil {
		return Change{}, l.faults.err()
	}
	e.template = l.template
	before, err := os.ReadFile(e.file)
	if e.change.Created = errors.Is(err, fs.ErrNotExist); err != nil && !e.change.Created {
		return Change{}, fault.List{&fault.Error{What: "cannot be read", Where: e.change.File, Err: plainError(err)}}
	}
	if e.root, err = parseText(e.change.File, before); err != nil {
		return Change{}, err
	}
	e.text = splice{data: before}
	if err := change(e); err != nil {
		return Change{}, err
	}
	if e.change.Created && e.root.get("context") == nil {
		return Change{}, fault.List{&fault.Error{
			What: fmt.Sprintf("there is no environment %q yet, and a new one needs its context", o.Env), Where: e.change.File,
			Do: "pass --context NAME, the Nomad cluster that it is on", Incurable: true,
		}}
	}
	if err := e.validate(); err != nil {
		return Change{}, err
	}
	if string(e.text.data) == string(before) {
		return e.change, nil
	}
	return e.change, replaceFile(e.file, e.text.data)
}

// parseText reads what a document says; one that says nothing is an empty block.
func parseText(name string, data []byte) (*node, error) {
	f := &faults{}
	root := parseDocument(&source{layer: LayerTemplate, name: name}, data, f)
	if err := f.err(); err != nil {
		return nil, err
	}
	if root == nil {
		root = &node{kind: block}
	}
	if root.kind != block {
		return nil, fault.List{&fault.Error{What: "expected keys and values, got " + root.kind.String(), Where: name, Incurable: true}}
	}
	return root, nil
}

// value reads a value as it was typed and checks that its key may have it,
// before there is a document with a line to point at.
func (e *editing) value(v Assignment) (*node, error) {
	l := newLayered(e.o)
	l.template = e.template
	said := l.assignment(&source{layer: LayerSet}, v.Key, v.Value)
	if said == nil {
		return nil, l.faults.err()
	}
	s := jobShape
	if e.o.Env != "" {
		s = environmentShape
		l.override(said)
	}
	l.check(s, said)
	return said.find(v.Key).valueOf(), l.faults.err()
}

// validate loads the job with the changed document: as it is by itself, and in
// each environment that the document is part of.
func (e *editing) validate() error {
	o := e.o
	o.Live, o.Set = nil, nil
	envs := []string{o.Env}
	if o.Env == "" {
		others, err := environments(o)
		if err != nil {
			return err
		}
		envs = append(envs, others...)
	}
	var all fault.List
	for _, env := range envs {
		o.Env = env
		_, err := load(o, func(name string) ([]byte, error) {
			if name == e.file {
				return e.text.data, nil
			}
			return os.ReadFile(name)
		})
		all = all.Add(err)
	}
	return all.Once().Err()
}

// replaceFile gives a file a new content in one step: whoever reads it sees the
// old one or the new one. It keeps its mode and, where it is a link, the link.
func replaceFile(name string, data []byte) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
		if f, err := os.OpenFile(name, os.O_WRONLY, 0); err != nil {
			return err // a file that may not be written is not replaced either
		} else if err := f.Close(); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".spaas-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Chmod(mode), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
