package jobconf

import (
	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/config"
)

// Names are the names in the documents of the job, as far as they can be read.
func Names(f *cli.Factory) config.Names {
	return config.ReadNames(config.Options{Dir: f.Dir()})
}

// CompleteEnv completes the flag --env of a command by the environments of the job.
func CompleteEnv(f *cli.Factory, cmd *cobra.Command) {
	complete(cmd, "env", func() []string { return Names(f).Environments }, cobra.ShellCompDirectiveDefault)
}

// CompleteSources completes a flag that takes NAME=… of a source.
func CompleteSources(f *cli.Factory, cmd *cobra.Command, flag string) {
	complete(cmd, flag, func() []string {
		var words []string
		for _, name := range Names(f).Sources {
			words = append(words, name+"=")
		}
		return words
	}, cobra.ShellCompDirectiveNoSpace)
}

// complete completes a flag by words that are looked up when Tab is pressed.
func complete(cmd *cobra.Command, flag string, words func() []string, after cobra.ShellCompDirective) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words(), after | cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the command has no such flag: a mistake in the command
	}
}
