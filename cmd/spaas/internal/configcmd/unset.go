package configcmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/pkg/config"
)

// unsetOptions is what was asked.
type unsetOptions struct {
	jobconf.Flags
	f    *cli.Factory
	keys []string
}

func newUnset(f *cli.Factory) *cobra.Command {
	o := &unsetOptions{f: f}
	cmd := &cobra.Command{
		Use:   "unset KEY [KEY …]",
		Short: "Take a key out of envs/E.yaml, or out of spaas.yaml without --env",
		Long: `Take a key out of envs/E.yaml, or out of spaas.yaml without --env, so that the
layer below it or the default holds again. Comments, order and layout of the file
stay; nothing is written when the result would not be valid.`,
		Example: "spaas config unset resources.memory --env prod",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Misuse(cmd, "", "%s needs KEY", cmd.CommandPath())
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return keyCompletions(f), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.keys = args
			return o.run(cmd.Context())
		},
	}
	o.AddPlatform(cmd)
	cli.DocumentJSON(cmd, changeDocumentation)
	return cmd
}

func (o *unsetOptions) run(context.Context) error {
	for _, key := range o.keys {
		if _, err := config.DocOf(key); err != nil {
			return cli.Exit(cli.Usage, err)
		}
	}
	change, err := config.Unset(o.Options(o.f), o.keys...)
	if err != nil {
		return err
	}
	return writeChange(o.f, change)
}
