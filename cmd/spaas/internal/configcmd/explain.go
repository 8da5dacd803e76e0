package configcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
)

// explainOptions is what was asked.
type explainOptions struct {
	jobconf.Flags
	f   *cli.Factory
	key string
}

func newExplain(f *cli.Factory) *cobra.Command {
	o := &explainOptions{f: f}
	cmd := &cobra.Command{
		Use:   "explain KEY",
		Short: "What a key means, what it may be, and what each layer says",
		Long: `What a key means, what it may be, its default, and what each layer says about
it. It needs no job: a name in a path may then be any, as in
sources.any.kafka.start.`,
		Example: `spaas config explain checkpoint.every --env prod
spaas config explain resources`,
		Args:              cli.Args("KEY"),
		ValidArgsFunction: keyArgument(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.key = args[0]
			return o.run(cmd.Context())
		},
	}
	o.AddPlatform(cmd)
	o.AddSet(f, cmd)
	cli.DocumentJSON(cmd, `{"api": 1, "key": "resources.memory", "means": "memory of each worker",
 "type": "a size like 512MiB", "default": "512MiB", "values": [],
 "least": "32MiB", "most": "", "required": false, "example": "", "keys": [],
 "layers": [{"layer": "template", "value": "512MiB", "from": "spaas.yaml:18"}],
 "effective": "512MiB"}
keys are those of a block. layers and effective are of the job, as far as there
is one and it is valid; effective is null where there is no value.`)
	return cmd
}

// explanation is all there is to say about a key.
type explanation struct {
	doc       config.Doc
	layers    []config.Said
	effective *config.Key // nil without a job, and for a block
	broken    error       // the config of the job cannot be loaded
}

func (o *explainOptions) run(context.Context) error {
	doc, err := config.DocOf(o.key)
	if err != nil {
		return cli.Exit(cli.Usage, err)
	}
	e := explanation{doc: doc}
	loaded, err := config.Load(o.Options(o.f))
	if err != nil {
		e.broken = err
	} else {
		e.layers = loaded.Layers(o.key)
		for i := range loaded.Keys {
			if loaded.Keys[i].Path == o.key {
				e.effective = &loaded.Keys[i]
			}
		}
	}
	if o.f.Global.JSON {
		return o.f.WriteJSON(explainDocument(o.key, e))
	}
	o.f.Term.Printf("%s", e.render(o.f.Term, o.key))
	if e.broken != nil && o.hasJob() {
		o.f.Term.Notef("The config has faults, so what its layers say is not shown: spaas config validate")
	}
	return nil
}

// hasJob reports whether there is a job whose layers one would expect to see.
func (o *explainOptions) hasJob() bool {
	names := jobconf.Names(o.f)
	return len(names.Sources)+len(names.Sinks) > 0
}

func (e explanation) render(t *term.Terminal, key string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n", t.Bold(key), e.doc.Text)
	var facts term.Table
	facts.Indent = "  "
	fact := func(name, value string) {
		if value != "" {
			facts.Row(t.Dim(name), value)
		}
	}
	fact("type", e.doc.Type)
	fact("values", strings.Join(e.doc.Values, ", "))
	fact("least", e.doc.Least)
	fact("most", e.doc.Most)
	fact("default", e.doc.Default)
	if e.doc.Required {
		fact("required", "yes: there is no default")
	}
	fact("example", e.doc.Example)
	b.WriteString(facts.Render(t))
	if len(e.doc.Keys) > 0 {
		var keys term.Table
		keys.Indent = "  "
		for _, name := range e.doc.Keys {
			doc, err := config.DocOf(key + "." + name)
			if err == nil {
				keys.Row(t.Cyan(name), doc.Text)
			}
		}
		fmt.Fprintf(&b, "\n%s", keys.Render(t))
	}
	if e.effective == nil {
		return b.String()
	}
	var said term.Table
	said.Indent = "  "
	for _, layer := range e.layers {
		said.Row(t.Dim(layer.Layer.String()), orNone(layer.Value, true), t.Dim(layer.From))
	}
	from := e.effective.From
	if !e.effective.HasEffective {
		from = ""
	}
	said.Row("effective", t.Bold(orNone(e.effective.Effective, e.effective.HasEffective)), t.Dim(from))
	fmt.Fprintf(&b, "\n%s", said.Render(t))
	return b.String()
}

// explainJSON is the result with --json.
type explainJSON struct {
	API       int         `json:"api"`
	Key       string      `json:"key"`
	Means     string      `json:"means"`
	Type      string      `json:"type"`
	Default   string      `json:"default"`
	Values    []string    `json:"values"`
	Least     string      `json:"least"`
	Most      string      `json:"most"`
	Required  bool        `json:"required"`
	Example   string      `json:"example"`
	Keys      []string    `json:"keys"`
	Layers    []layerJSON `json:"layers"`
	Effective *string     `json:"effective"`
}

type layerJSON struct {
	Layer config.Layer `json:"layer"`
	Value string       `json:"value"`
	From  string       `json:"from"`
}

func explainDocument(key string, e explanation) explainJSON {
	doc := explainJSON{
		API: cli.API, Key: key, Means: e.doc.Text, Type: e.doc.Type, Default: e.doc.Default, Values: []string{},
		Least: e.doc.Least, Most: e.doc.Most, Required: e.doc.Required, Example: e.doc.Example, Keys: []string{}, Layers: []layerJSON{},
	}
	doc.Values = append(doc.Values, e.doc.Values...)
	doc.Keys = append(doc.Keys, e.doc.Keys...)
	for _, layer := range e.layers {
		doc.Layers = append(doc.Layers, layerJSON{layer.Layer, layer.Value, layer.From})
	}
	if e.effective != nil {
		doc.Effective = said(e.effective.Effective, e.effective.HasEffective)
	}
	return doc
}
