package configcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
)

// setOptions is what was asked.
type setOptions struct {
	jobconf.Flags
	f       *cli.Factory
	context string
	values  []config.Assignment
}

func newSet(f *cli.Factory) *cobra.Command {
	o := &setOptions{f: f}
	cmd := &cobra.Command{
		Use:   "set KEY VALUE [KEY VALUE …]",
		Short: "Write a value into envs/E.yaml, or into spaas.yaml without --env",
		Long: `Write a value into envs/E.yaml, or into spaas.yaml without --env. Comments, order
and layout of the file stay; nothing is written when the result would not be
valid. VALUE is YAML: 512MiB, [a, b], null. In an environment, null unsets what
spaas.yaml says; "spaas config unset" takes the key out of the file again.

An environment that is not there yet is begun with --context, the Nomad cluster
that it is on.`,
		Example: `spaas config set resources.memory 1GiB --env prod
spaas config set sources.clicks.kafka.cluster kafka-prod --env prod
spaas config set resources.cpu 500 --env staging --context staging-eu`,
		Args:              pairs,
		ValidArgsFunction: completeValues(f),
		RunE: func(cmd *cobra.Command, args []string) error {
			for pair := range slices.Chunk(args, 2) {
				o.values = append(o.values, config.Assignment{Key: pair[0], Value: pair[1]})
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&o.context, "context", "", "the Nomad cluster `NAME` that the environment is on")
	o.AddPlatform(cmd)
	cli.DocumentJSON(cmd, changeDocumentation)
	return cmd
}

const changeDocumentation = `{"api": 1, "file": "envs/prod.yaml", "created": false,
 "keys": [{"path": "resources.memory", "before": "512MiB", "after": "1GiB",
   "from": "envs/prod.yaml:4"}]}
before and after are null where the file says nothing.`

// pairs accepts keys and values by turns.
func pairs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return cli.Misuse(cmd, "", "%s needs KEY and VALUE", cmd.CommandPath())
	case len(args)%2 == 1 && strings.Contains(args[len(args)-1], "="):
		key, value, _ := strings.Cut(args[len(args)-1], "=")
		return cli.Misuse(cmd, fmt.Sprintf("write %s %s", key, value), "%s takes KEY and VALUE as two words", cmd.CommandPath())
	case len(args)%2 == 1:
		return cli.Misuse(cmd, "", "%s needs a value for %s", cmd.CommandPath(), args[len(args)-1])
	}
	return nil
}

// completeValues completes keys and, after a key of a few words, those.
func completeValues(f *cli.Factory) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args)%2 == 0 {
			return keyCompletions(f), cobra.ShellCompDirectiveNoFileComp
		}
		doc, err := config.DocOf(args[len(args)-1])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return doc.Values, cobra.ShellCompDirectiveNoFileComp
	}
}

func (o *setOptions) run(context.Context) error {
	values := o.values
	if o.context != "" {
		if o.f.Global.Env == "" {
			return cli.Exit(cli.Usage, fmt.Errorf("--context belongs to an environment: pass --env too"))
		}
		values = append([]config.Assignment{{Key: "context", Value: o.context}}, values...)
	}
	change, err := config.Set(o.Options(o.f), values...)
	if err != nil {
		return err
	}
	return writeChange(o.f, change)
}

// writeChange says what an edit did.
func writeChange(f *cli.Factory, change config.Change) error {
	if f.Global.JSON {
		return f.WriteJSON(changeDocument(change))
	}
	t := f.Term
	var table term.Table
	for _, key := range change.Keys {
		before, after := orUnset(key.Before), orUnset(key.After)
		where := key.Where
		if where == "" {
			where = change.File
		}
		if before == after {
			table.Row(t.Dim(where), key.Path, after+" as before")
			continue
		}
		table.Row(t.Dim(where), key.Path, before+" -> "+t.Bold(after))
	}
	if change.Created {
		t.Notef("%s is new.", change.File)
	}
	t.Printf("%s", table.Render(t))
	return nil
}

// orUnset is what a file says about a key.
func orUnset(value string) string {
	if value == "" {
		return "(unset)"
	}
	return orNone(value, true)
}

// changeJSON is the result with --json.
type changeJSON struct {
	API     int              `json:"api"`
	File    string           `json:"file"`
	Created bool             `json:"created"`
	Keys    []changedKeyJSON `json:"keys"`
}

type changedKeyJSON struct {
	Path   string  `json:"path"`
	Before *string `json:"before"`
	After  *string `json:"after"`
	From   string  `json:"from"`
}

func changeDocument(change config.Change) changeJSON {
	doc := changeJSON{API: cli.API, File: change.File, Created: change.Created, Keys: []changedKeyJSON{}}
	for _, key := range change.Keys {
		doc.Keys = append(doc.Keys, changedKeyJSON{key.Path, said(key.Before, key.Before != ""), said(key.After, key.After != ""), key.Where})
	}
	return doc
}
