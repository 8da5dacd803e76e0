package configcmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
)

// template names the config without an environment; no environment can have
// that name.
const template = "template"

// diffOptions is what was asked.
type diffOptions struct {
	jobconf.Flags
	f        *cli.Factory
	envs     [2]string
	exitCode bool
}

func newDiff(f *cli.Factory) *cobra.Command {
	o := &diffOptions{f: f}
	cmd := &cobra.Command{
		Use:   "diff ENV_A ENV_B",
		Short: "What differs between two environments",
		Long: `What differs between two environments: every key that is not the same in both,
with where each value stands. The environment "template" is spaas.yaml alone.`,
		Example: `spaas config diff staging prod
spaas config diff template prod --exit-code`,
		Args: cli.Args("ENV_A", "ENV_B"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			envs := append(jobconf.Names(f).Environments, template)
			return slices.DeleteFunc(envs, func(env string) bool { return slices.Contains(args, env) }), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.envs = [2]string{args[0], args[1]}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "end with 3 when there are differences")
	o.AddPlatform(cmd)
	cli.DocumentJSON(cmd, `{"api": 1, "a": "staging", "b": "prod",
 "keys": [{"path": "resources.memory", "a": "512MiB", "b": "768MiB",
   "from_a": "spaas.yaml:18", "from_b": "envs/prod.yaml:4"}]}
a and b of a key are null where there is no value.`)
	return cmd
}

// difference is one key that is not the same in two environments.
type difference struct {
	path string
	a, b config.Key
}

func (o *diffOptions) run(context.Context) error {
	if o.f.Global.Env != "" {
		return cli.Exit(cli.Usage, fmt.Errorf("config diff compares the two environments of its arguments; --env %s is none of them", o.f.Global.Env))
	}
	var both [2]*config.Loaded
	for i, env := range o.envs {
		where := o.Options(o.f)
		if env != template {
			where.Env = env
		}
		var err error
		if both[i], err = config.Load(where); err != nil {
			return err
		}
	}
	differ := differences(both[0], both[1])
	if o.f.Global.JSON {
		if err := o.f.WriteJSON(diffDocument(o.envs, differ)); err != nil {
			return err
		}
	} else {
		o.f.Term.Printf("%s", o.render(differ))
	}
	if o.exitCode && len(differ) > 0 {
		return &cli.ExitError{Code: cli.Pending}
	}
	return nil
}

// differences are the keys that have not the same value in both, in the order of
// the model.
func differences(a, b *config.Loaded) []difference {
	inA, inB := byPath(a.Keys), byPath(b.Keys)
	var paths []string
	for _, k := range a.Keys {
		paths = append(paths, k.Path)
	}
	at := 0 // where a key that only b has belongs: after the one before it
	for _, k := range b.Keys {
		if _, both := inA[k.Path]; both {
			at = slices.Index(paths, k.Path) + 1
			continue
		}
		paths = slices.Insert(paths, at, k.Path)
		at++
	}
	var differ []difference
	for _, path := range paths {
		a, b := inA[path], inB[path]
		if a.Effective != b.Effective || a.HasEffective != b.HasEffective {
			differ = append(differ, difference{path, a, b})
		}
	}
	return differ
}

func byPath(keys []config.Key) map[string]config.Key {
	all := map[string]config.Key{}
	for _, k := range keys {
		all[k.Path] = k
	}
	return all
}

func (o *diffOptions) render(differ []difference) string {
	t := o.f.Term
	if len(differ) == 0 {
		return fmt.Sprintf("%s and %s are the same.\n", o.envs[0], o.envs[1])
	}
	table := term.Table{Header: []string{"Name", o.envs[0], o.envs[1], "From"}}
	for _, d := range differ {
		table.Row(d.path, orNone(d.a.Effective, d.a.HasEffective), orNone(d.b.Effective, d.b.HasEffective), t.Dim(fromBoth(d)))
	}
	return table.Render(t)
}

// fromBoth says where the values of both environments stand.
func fromBoth(d difference) string {
	a, b := d.a.From, d.b.From
	if !d.a.HasEffective {
		a = none
	}
	if !d.b.HasEffective {
		b = none
	}
	if a == b {
		return a
	}
	return a + " | " + b
}

// diffJSON is the result with --json.
type diffJSON struct {
	API  int              `json:"api"`
	A    string           `json:"a"`
	B    string           `json:"b"`
	Keys []differenceJSON `json:"keys"`
}

type differenceJSON struct {
	Path  string  `json:"path"`
	A     *string `json:"a"`
	B     *string `json:"b"`
	FromA string  `json:"from_a"`
	FromB string  `json:"from_b"`
}

func diffDocument(envs [2]string, differ []difference) diffJSON {
	doc := diffJSON{API: cli.API, A: envs[0], B: envs[1], Keys: []differenceJSON{}}
	for _, d := range differ {
		doc.Keys = append(doc.Keys, differenceJSON{
			d.path, said(d.a.Effective, d.a.HasEffective), said(d.b.Effective, d.b.HasEffective), d.a.From, d.b.From,
		})
	}
	return doc
}
