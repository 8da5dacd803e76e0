package config

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T, d Document) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(d)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, document string) error {
	t.Helper()
	root, err := parseText("document", []byte(document))
	if err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	return s.Validate(root.asJSON())
}

// asJSON is a tree as a validator of schemas has it.
func (n *node) asJSON() any {
	switch n.kind {
	case text:
		return n.text
	case number:
		return json.Number(n.text)
	case boolean:
		return n.text == "true"
	case list:
		items := []any{}
		for _, item := range n.items {
			items = append(items, item.asJSON())
		}
		return items
	case block:
		entries := map[string]any{}
		for _, e := range n.entries {
			entries[e.key] = e.value.asJSON()
		}
		return entries
	}
	return nil
}

// What Load takes, the schema takes: every archive of TestLoad without faults.
func TestSchemaTakesWhatLoadTakes(t *testing.T) {
	schemas := map[Document]*jsonschema.Schema{}
	for _, d := range Documents() {
		schemas[d] = compiled(t, d)
	}
	archives, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := archive.Files[len(archive.Files)-1]; want.Name != "want" || !strings.Contains(string(want.Data), ", context ") {
			continue
		}
		for _, f := range archive.Files {
			var d Document
			switch {
			case f.Name == "spaas.yaml":
				d = JobDocument
			case strings.HasPrefix(f.Name, "envs/"):
				d = EnvironmentDocument
			case f.Name == "platform.yaml":
				d = PlatformDocument
			default:
				continue
			}
			taken++
			if err := validate(t, schemas[d], string(f.Data)); err != nil {
				t.Errorf("%s: %s: %v", name, f.Name, err)
			}
		}
	}
	if taken < 6 {
		t.Errorf("only %d documents", taken)
	}
}

// What one document must not say, its schema refuses.
func TestSchemaRefuses(t *testing.T) {
	const job = "version: 1\njob: clicks\n"
	for d, documents := range map[Document][]string{
		JobDocument: {
			"", "job: clicks", "version: 1", "version: 2\njob: clicks", "version: 1\njob: Clicks", "version: 1\njob: 1",
			job + "ownr: ana", job + "context: prod", job + "owner: [ana]", job + "properties: {window: [1]}", job + "properties: {a.b: 1}",
			job + "sources: {in: {}}", job + "sources: {in: {connector: kafak}}", job + "sources: {In: {connector: generator}}", job + "sources: {all: {connector: generator}}",
			job + "sources: {in: {connector: kafka}}", job + "sources: {in: {connector: kafka, kafka: {cluster: k}}}", job + "sources: {in: {connector: file, file: {path: null}}}",
			job + "sources: {in: {connector: generator, on_error: skp}}", job + "sources: {in: {connector: generator, on_error: {too: x}}}",
			job + "sources: {in: {connector: generator, generator: {late: 2}}}", job + "sources: {in: {connector: generator, generator: {rate: fast}}}",
			job + "sinks: {out: {connector: stdout, delivery: maybe}}", job + "sinks: {out: {connector: stdout, stdout: {format: xml}}}",
			job + "resources: {memory: 512M}", job + "resources: {memory: [512MiB]}", job + "resources: {workers: 0}", job + "resources: {workers: one}",
			job + "checkpoint: {every: 60}", job + "checkpoint: {every: 5 minutes}", job + "security_groups: x", job + "security_groups: [X]",
		},
		EnvironmentDocument: {"resources: {cpu: 1000}", "context: null", "context: p\nversion: 1", "context: p\nresources: {cpus: 1}"},
		PlatformDocument: {
			"kafka: {}", "version: 1\nkafka: {k: {}}", "version: 1\nkafka: {k: {brokers: [k]}}",
			`version: 1` + "\n" + `kafka: {k: {brokers: ["k:1"], sasl: {mechanism: PLAIN, username: u, password: hunter2}}}`,
		},
	} {
		s := compiled(t, d)
		for _, document := range documents {
			if validate(t, s, document) == nil {
				t.Errorf("%s: the schema takes\n%s", d, document)
			}
		}
	}
}

// Every key has a description, also those of blocks in blocks.
func TestSchemaDescribes(t *testing.T) {
	for _, d := range Documents() {
		n := bytes.Count(Schema(d), []byte(`"description"`))
		if n < 15 {
			t.Errorf("%s has only %d descriptions", d, n)
		}
	}
	if !bytes.Equal(Schema(JobDocument), Schema(JobDocument)) {
		t.Error("the schema is another each time")
	}
}
