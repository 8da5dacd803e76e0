package config

import (
	"os"
	"reflect"
	"time"
)

// Options says where the layers of a config are.
type Options struct {
	Dir      string   // folder of the job repo; relative paths below start here
	File     string   // spaas.yaml; "" is spaas.yaml in Dir
	Env      string   // environment, "" is none: envs/<Env>.yaml beside File
	Platform string   // platform document, "" is none
	Live     []Live   // stored live overrides, oldest first
	Set      []string // key=value, in order

	// Now decides which live overrides have ended; at the zero time none has.
	Now time.Time
	// PlatformLater says that it is enough if the platform document is given when
	// the job starts: without one, the names it defines are not looked up.
	PlatformLater bool
}

// Live is one stored live override of one key. Its value is written as YAML.
type Live struct {
	Key, Value string
	Who, Why   string
	Until      time.Time // zero: until it is taken back
}

// Loaded is a config that is in force. It is not changed by anything here and
// safe to be read by several goroutines.
type Loaded struct {
	Job      Job
	Platform *Platform // never nil
	Env      string    // environment, "" none
	Context  string    // of the environment
	Keys     []Key     // every key, in the order of the model
	Expired  []Live    // live overrides that have ended and are not in force

	merged    *node // what is in force, with all defaults
	platform  *node
	template  *node
	overrides []*node // from the weakest to the strongest
}

// Load reads every layer and returns what is in force. Every fault of every
// layer is returned at once, as a [fault.List], each with file:line:column, all
// of them incurable.
func Load(o Options) (*Loaded, error) { return load(o, os.ReadFile) }

// load reads its files by read.
func load(o Options, read func(name string) ([]byte, error)) (*Loaded, error) {
	l := newLayered(o)
	l.read = read
	l.readTemplate()
	l.readEnvironment()
	l.readLive()
	l.readSet()
	loaded := &Loaded{Env: o.Env, Context: l.context, Expired: l.expired, Platform: &Platform{}}

	if o.Platform != "" {
		if said := l.document(LayerPlatform, o.path(o.Platform)); said != nil {
			l.check(platformShape, said)
			loaded.platform = said.over(nil) // without its nulls
			require("", platformShape, loaded.platform, said.at, l.faults)
		}
	}
	// Everything was checked layer by layer; reading what is in force adds no
	// faults but those of a value that was already refused.
	seen := &reader{&faults{}}
	seen.read("", platformShape, nil, complete(platformShape, loaded.platform), reflect.ValueOf(loaded.Platform).Elem())

	if l.template != nil {
		merged := l.template.over(nil) // without its nulls
		for _, override := range l.overrides {
			merged = override.over(merged)
		}
		require("", jobShape, merged, l.template.at, l.faults)
		loaded.merged = complete(jobShape, merged)
		seen.read("", jobShape, nil, loaded.merged, reflect.ValueOf(&loaded.Job).Elem())
		if o.Env != "" && !l.environment {
			o.PlatformLater = true // which clusters it would have named is not known
		}
		(&rules{loaded, o, l.faults}).check()
	}
	if err := l.faults.err(); err != nil {
		return nil, err
	}
	loaded.template, loaded.overrides = l.template, l.overrides
	loaded.Keys = keysOf(loaded)
	return loaded, nil
}

// Where is the place in the layers, file:line:column, that gave a key its
// value, "" when it is a default or no key.
func (l *Loaded) Where(path string) string {
	e := l.merged.find(path)
	if e == nil {
		return ""
	}
	return e.place().String()
}

// place is where people look for an entry: at its value, or at its name when
// the value is a block.
func (e *entry) place() place {
	if e.value.kind == block {
		return e.at
	}
	return e.value.at
}
