// Package root is the command line of spaas as a whole: its verbs, the flags
// they share, and how every one of them ends.
package root

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/buildcmd"
	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/completioncmd"
	"github.com/spaas/spaas/cmd/spaas/internal/configcmd"
	"github.com/spaas/spaas/cmd/spaas/internal/initcmd"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/runcmd"
	"github.com/spaas/spaas/cmd/spaas/internal/testcmd"
	"github.com/spaas/spaas/cmd/spaas/internal/versioncmd"
	"github.com/spaas/spaas/scaffold/bundle"
)

// The groups of verbs, in the order a newcomer meets them.
const (
	start     = "start"
	configure = "configure"
	more      = "more"
)

// Help lists verbs in the order they are added in, not by the alphabet.
func init() { cobra.EnableCommandSorting = false }

// verbs are all verbs of spaas by group. A new one is one line here.
func verbs(f *cli.Factory) []group {
	return []group{
		{start, "From an idea to a running job", []*cobra.Command{
			initcmd.New(f),
			testcmd.New(f),
			runcmd.New(f),
			buildcmd.New(f),
		}},
		{configure, "What a job reads, writes and is given", []*cobra.Command{
			configcmd.New(f),
		}},
		{more, "About spaas", []*cobra.Command{
			completioncmd.New(f),
			versioncmd.New(f),
		}},
	}
}

type group struct {
	id, title string
	verbs     []*cobra.Command
}

// New is the command line of spaas.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "spaas <verb>",
		Short: "Stream processing as a service for Nomad, Kafka and Go",
		Long: `Stream processing as a service for Nomad, Kafka and Go.

From an empty folder to a stream job in production, and back out of trouble.`,
		SilenceErrors:     true, // Main writes errors, once and in one shape
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	for _, g := range verbs(f) {
		cmd.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, verb := range g.verbs {
			verb.GroupID = g.id
			cmd.AddCommand(verb)
		}
	}
	flags := cmd.PersistentFlags()
	flags.SortFlags = false
	flags.StringVarP(&f.Global.Dir, "directory", "C", "", "work in `DIR` instead of here")
	flags.StringVar(&f.Global.Env, "env", "", "environment `E`: what envs/E.yaml says is put over spaas.yaml")
	flags.BoolVar(&f.Global.JSON, "json", false, "write the result as JSON")
	flags.BoolVar(&f.Global.Yes, "yes", false, "answer every question with yes")
	flags.BoolVar(&f.Global.Quiet, "quiet", false, "no progress and no notices, only results and faults")
	flags.BoolVar(&f.Global.NoColor, "no-color", false, "no colours; NO_COLOR does the same")
	jobconf.CompleteEnv(f, cmd)
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if f.Global.NoColor {
			f.Term.NoColor()
		}
		if f.Global.Quiet {
			f.Term.Quiet()
		}
		if dir := f.Global.Dir; dir != "" {
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				return cli.Misuse(cmd, "", "-C %s: there is no such folder", dir)
			}
		}
		// Whichever verb touches a repo first after a clone makes it build. One that
		// needs the runtime does this again, and then says why it cannot.
		_ = bundle.Refill(f.Dir())
		return nil
	}
	polish(f, cmd)
	return cmd
}
