package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
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
	// environment says that the one that was asked for could be read.
	environment bool
}

func newLayered(o Options) *layered {
	return &layered{o: o, read: os.ReadFile, faults: &faults{}}
}

func (l *layered) source(layer Layer, name string) *source {
	l.sources++
	return &source{layer: layer, name: name, order: l.sources}
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
	l.environment = true
	l.check(environmentShape, root)
	if context := root.get("context"); context == nil || context.kind == null {
		l.faults.add(root.at, "context: the Nomad cluster that this environment is on", "context is missing")
	} else {
		l.context = context.text
	}
	l.override(root)
}
