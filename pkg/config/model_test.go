package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every key of the model says what it means, and its default is one that it
// allows.
func TestModelIsWhole(t *testing.T) {
	for name, s := range map[string]*shape{"spaas.yaml": environmentShape, "platform": platformShape, "job": jobShape} {
		checkShape(t, name, s)
	}
	if len(Docs()) < 80 {
		t.Errorf("the model has only %d keys", len(Docs()))
	}
}

func checkShape(t *testing.T, path string, s *shape) {
	names := map[string]bool{}
	for _, f := range s.fields {
		at := path + "." + f.name
		if f.name == "" || names[f.name] || strings.Trim(f.name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("%s is no name of a key, or is there twice", at)
		}
		names[f.name] = true
		if len(f.doc) < 6 || len(f.doc) > 120 || strings.HasSuffix(f.doc, ".") {
			t.Errorf("%s: its doc is no short phrase: %q", at, f.doc)
		}
		for what, value := range map[string]string{"default": f.initial, "example": f.eg, "least": f.min, "most": f.max} {
			if value != "" && f.shape.scalar != nil {
				checkValue(t, at+", "+what, f, value)
			}
		}
		if f.required && f.hasInitial {
			t.Errorf("%s is required and has a default", at)
		}
		if !f.required && !f.hasInitial && f.shape.scalar != nil && f.shape.scalar != scalars[reflect.String] {
			t.Errorf("%s has no default: a number that nobody gave cannot be told from 0", at)
		}
		checkShape(t, at, f.shape)
	}
	if s.elem != nil {
		checkShape(t, path+"."+s.of, s.elem)
	}
	if s.isMap() && s.names.refuse == nil {
		t.Errorf("%s: its names have no form, so they may hold dots", path)
	}
}

func checkValue(t *testing.T, at string, f *field, value string) {
	t.Helper()
	var found faults
	into := reflect.New(reflect.TypeFor[string]()).Elem()
	if f.index >= 0 {
		into = reflect.New(modelType(f)).Elem()
	}
	(&reader{&found}).read(at, f.shape, f, &node{kind: f.shape.scalar.kinds[0], text: value}, into)
	if err := found.err(); err != nil {
		t.Errorf("%s: %v", at, err)
	}
}

// modelType is the Go type of a key.
func modelType(f *field) reflect.Type { return f.shape.typ }

// What Load fills in where nobody says anything.
func TestDefaults(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/spaas.yaml", "version: 1\njob: small\nsinks: {out: {connector: stdout}, gone: {connector: blackhole}}\n")
	l, err := Load(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	got := l.Job
	if got.Sinks["out"].Stdout == nil || got.Sinks["out"].Stdout.Format != "json" || got.Sinks["gone"].Blackhole == nil {
		t.Errorf("the chosen block is not filled in: %+v", got.Sinks)
	}
	if got.Namespace != "default" || got.Resources != (Resources{1, 1, 1000, 512 << 20, 1 << 30}) ||
		got.State.KeyGroups != 128 || got.Checkpoint.Every.String() != "1m" || got.Checkpoint.Keep.Daily.String() != "7d" ||
		got.Upgrade.OnFailure != "rollback" || got.Alerts.Rejects.String() != "100/min" {
		t.Errorf("%+v", got)
	}
	if l.Platform == nil || l.Platform.Build != (BuildTarget{"linux", "amd64"}) {
		t.Errorf("platform: %+v", l.Platform)
	}
	for _, k := range l.Keys {
		if (k.From == "default") != (k.Layer == LayerDefault && k.Effective != "") {
			t.Errorf("%+v", k)
		}
	}
}

func TestKnown(t *testing.T) {
	if got := SourceConnectors(); !slices.Equal(got, []string{"kafka", "file", "generator"}) {
		t.Errorf("sources: %v", got)
	}
	if got := SinkConnectors(); !slices.Equal(got, []string{"kafka", "file", "stdout", "blackhole"}) {
		t.Errorf("sinks: %v", got)
	}
	if got := Formats(); !slices.Equal(got, []string{"json", "csv", "lines"}) {
		t.Errorf("formats: %v", got)
	}
}

func TestDocOf(t *testing.T) {
	d, err := DocOf("sources.clicks.kafka.format")
	if err != nil || d.Path != "sources.SOURCE.kafka.format" || d.Default != "json" || !slices.Equal(d.Values, Formats()) {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err = DocOf("resources"); err != nil || !slices.Contains(d.Keys, "memory") || d.Type != "a block of keys" {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err = DocOf("properties.window"); err != nil || d.Path != "properties.PROPERTY" || d.Type != "text" {
		t.Errorf("%+v, %v", d, err)
	}
	for path, want := range map[string]string{
		"resources.memry":              `resources has no key memry (did you mean "memory"?)`,
		"resourcs":                     `spaas.yaml has no key resourcs (did you mean "resources"?)`,
		"sources.clicks.kafka.topic.x": `sources.SOURCE.kafka.topic has no key x (sources.SOURCE.kafka.topic is a topic like clicks.v1 and has no keys)`,
		"":                             `spaas.yaml has no key "" (there are version, job, namespace, owner, properties, sources, sinks, resources, security_groups, state, checkpoint, upgrade, alerts)`,
	} {
		if _, err := DocOf(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestReadNames(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/spaas.yaml", "job: [\n")
	write(t, dir+"/envs/prod.yaml", "")
	write(t, dir+"/envs/notes.txt", "")
	got := ReadNames(Options{Dir: dir})
	if !slices.Equal(got.Environments, []string{"prod"}) || len(got.Sources) != 0 {
		t.Errorf("%+v", got)
	}
	write(t, dir+"/spaas.yaml", "sources: {b: {}, a: }\nsinks: {out: 1}\nproperties: {window: 1m}\nnonsense: 1\n")
	got = ReadNames(Options{Dir: dir})
	if !slices.Equal(got.Sources, []string{"b", "a"}) || !slices.Equal(got.Sinks, []string{"out"}) {
		t.Errorf("%+v", got)
	}
	for _, key := range []string{"properties.window", "sources.b.kafka.topic", "sinks.out.file.roll_size", "resources.memory", "checkpoint.keep.all", "sources.a.on_error"} {
		if !slices.Contains(got.Keys, key) {
			t.Errorf("no key %s", key)
		}
	}
	if slices.Contains(got.Keys, "sources") || slices.Contains(got.Keys, "nonsense") {
		t.Errorf("%v", got.Keys)
	}
}

func TestWhere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/spaas.yaml", "version: 1\njob: small\nsources:\n  in:\n    connector: file\n    file: {path: a}\n")
	write(t, dir+"/envs/prod.yaml", "context: prod\nsources: {in: {file: {path: b}}}\n")
	l, err := Load(Options{Dir: dir, Env: "prod", Set: []string{"owner=ana"}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"sources.in":             "spaas.yaml:4:3",
		"sources.in.file":        "spaas.yaml:6:5",
		"sources.in.file.path":   "envs/prod.yaml:2:29",
		"owner":                  "--set",
		"resources.memory":       "",
		"resources":              "",
		"nonsense":               "",
		"sources.in.file.path.x": "",
	} {
		if got := l.Where(path); got != want {
			t.Errorf("%s stands at %q, want %q", path, got, want)
		}
	}
}

func TestCheckName(t *testing.T) {
	for name, want := range map[string]string{
		"clicks-2": "",
		"My Job":   `"My Job" cannot be the name of a job: it starts with a small letter, a to z (for example my-job)`,
		"spaas":    `"spaas" cannot be the name of a job: that word is reserved`,
		"":         `"" cannot be the name of a job: it is empty`,
	} {
		got := ""
		if err := CheckJobName(name); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if err := CheckName("environment", "all"); err == nil || !strings.Contains(err.Error(), "an environment") {
		t.Error(err)
	}
}
