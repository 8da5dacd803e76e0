package configcmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
)

// showOptions is what was asked.
type showOptions struct {
	jobconf.Flags
	f   *cli.Factory
	all bool
}

func newShow(f *cli.Factory) *cobra.Command {
	o := &showOptions{f: f}
	cmd := &cobra.Command{
		Use:        "show",
		SuggestFor: []string{"list", "ls", "get"},
		Short:      "What is in force, and who said so",
		Long: `What is in force, and who said so: a table of every source, every sink and the
job, with the value of spaas.yaml (template), what is put over it (override),
what is in force (effective) and where that stands (from).

Shown are the keys that differ from the template and those one looks for first;
--all shows every key. Secrets are references and are never resolved. Rows of
(cluster) say what the platform document has for the cluster of a source or sink.`,
		Example: `spaas config show
spaas config show --env prod --all
spaas config show --env prod --set resources.memory=2GiB`,
		Args: cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "show every key, also those that are as in the template or have their default")
	o.AddPlatform(cmd)
	o.AddSet(f, cmd)
	cli.DocumentJSON(cmd, `{"api": 1, "job": "clicks", "namespace": "growth", "env": "prod",
 "context": "prod-eu",
 "keys": [{"path": "properties.lateness", "template": "5m", "override": "10m",
   "effective": "10m", "from": "envs/prod.yaml:3", "layer": "environment"}],
 "ended": [{"key": "alerts.lag", "value": "30m", "who": "ana",
   "why": "INC-412", "until": "2026-11-24T00:00:00Z"}]}
keys are all keys; template, override and effective are null where nothing is
said. layer is default, template, environment, live, set or platform; override
"null" unsets. ended are live overrides that are not in force any more.`)
	return cmd
}

func (o *showOptions) run(context.Context) error {
	where := o.Options(o.f)
	loaded, err := config.Load(where)
	if err != nil {
		return err
	}
	if o.f.Global.JSON {
		return o.f.WriteJSON(showDocument(loaded))
	}
	o.f.Term.Printf("%s", showTable(o.f.Term, loaded, o.all))
	notePlatform(o.f.Term, where, loaded)
	noteExpired(o.f.Term, loaded)
	return nil
}

// markers stand before a key that is not what the files of the repo say.
const (
	setMarker  = "* "
	liveMarker = "! "
	noMarker   = "  "
)

// showTable renders what is in force.
func showTable(t *term.Terminal, loaded *config.Loaded, all bool) string {
	table := term.Table{Header: []string{"Name", "Template Value", "Override", "Effective", "From"}}
	v := &showView{t: t, table: &table, all: all}
	for _, side := range []string{"sources", "sinks"} {
		for _, key := range loaded.Keys {
			if s, name, rest := cutName(key.Path); s == side {
				v.row(strings.ToUpper(strings.TrimSuffix(side, "s"))+" "+name, rest, key)
			}
		}
	}
	for _, key := range loaded.Keys {
		if side, _, _ := cutName(key.Path); side == "" {
			v.row("JOB", key.Path, key)
		}
	}
	return title(t, loaded) + "\n\n" + table.Render(t) + v.footer()
}

// showView is a table that is being filled.
type showView struct {
	t       *term.Terminal
	table   *term.Table
	all     bool
	section string
	hidden  int
	marks   map[string]bool
}

func (v *showView) row(section, name string, k config.Key) {
	nothing := !k.HasEffective && !k.HasTemplate && !k.HasOverride
	if !v.all && (nothing || !k.Differs() && !k.Essential) {
		if !nothing && k.Layer != config.LayerPlatform {
			v.hidden++
		}
		return
	}
	if v.section != section {
		v.section = section
		v.table.Section(section)
	}
	if i := strings.Index(name, "(cluster)."); i >= 0 {
		name = strings.Replace(name[i:], ".", " ", 1)
	}
	mark, effective := noMarker, orNone(k.Effective, k.HasEffective)
	switch k.Layer {
	case config.LayerSet:
		mark = setMarker
	case config.LayerLive:
		mark = liveMarker
	}
	if mark != noMarker {
		if v.marks == nil {
			v.marks = map[string]bool{}
		}
		v.marks[mark] = true
		effective = v.t.Yellow(effective)
	}
	from := k.From
	if from == "" {
		from = none
	}
	v.table.Row(mark+name, orNone(k.Template, k.HasTemplate), orNone(k.Override, k.HasOverride), effective, v.t.Dim(from))
}

// footer says what is not shown, and what the markers mean.
func (v *showView) footer() string {
	var parts []string
	if v.hidden > 0 {
		more := fmt.Sprintf("%s more are as in the template or have their default (--all).", counted(v.hidden, "key"))
		if v.hidden == 1 {
			more = "1 key more is as in the template or has its default (--all)."
		}
		parts = append(parts, more)
	}
	if v.marks[setMarker] {
		parts = append(parts, setMarker+"by --set, in no file")
	}
	if v.marks[liveMarker] {
		parts = append(parts, liveMarker+"live override, not in git")
	}
	if len(parts) == 0 {
		return ""
	}
	return v.t.Dim(strings.Join(parts, "  ")) + "\n"
}

// cutName cuts "sources.clicks.kafka.topic" into side, name and the rest; side
// is empty for keys of the job as a whole.
func cutName(path string) (side, name, rest string) {
	side, after, _ := strings.Cut(path, ".")
	if side != "sources" && side != "sinks" {
		return "", "", path
	}
	name, rest, _ = strings.Cut(after, ".")
	if rest == "" {
		rest = "(unset)" // a source or sink as a whole
	}
	return side, name, rest
}

// showJSON is the result with --json.
type showJSON struct {
	API       int         `json:"api"`
	Job       string      `json:"job"`
	Namespace string      `json:"namespace"`
	Env       string      `json:"env"`
	Context   string      `json:"context"`
	Keys      []keyJSON   `json:"keys"`
	Ended     []endedJSON `json:"ended"`
}

type keyJSON struct {
	Path      string       `json:"path"`
	Template  *string      `json:"template"`
	Override  *string      `json:"override"`
	Effective *string      `json:"effective"`
	From      string       `json:"from"`
	Layer     config.Layer `json:"layer"`
}

type endedJSON struct {
	Key   string    `json:"key"`
	Value string    `json:"value"`
	Who   string    `json:"who"`
	Why   string    `json:"why"`
	Until time.Time `json:"until"`
}

func showDocument(loaded *config.Loaded) showJSON {
	doc := showJSON{
		API: cli.API, Job: loaded.Job.Job, Namespace: loaded.Job.Namespace, Env: loaded.Env, Context: loaded.Context,
		Keys: []keyJSON{}, Ended: []endedJSON{},
	}
	for _, k := range loaded.Keys {
		doc.Keys = append(doc.Keys, keyJSON{
			Path: k.Path, Template: said(k.Template, k.HasTemplate), Override: said(k.Override, k.HasOverride),
			Effective: said(k.Effective, k.HasEffective), From: k.From, Layer: k.Layer,
		})
	}
	for _, live := range loaded.Expired {
		doc.Ended = append(doc.Ended, endedJSON{live.Key, live.Value, live.Who, live.Why, live.Until})
	}
	return doc
}

// said is a value that may not be there.
func said(value string, there bool) *string {
	if !there {
		return nil
	}
	return &value
}
