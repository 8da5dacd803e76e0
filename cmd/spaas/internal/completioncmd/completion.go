// Package completioncmd is `spaas completion`.
package completioncmd

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
)

// shells are those a script can be written for.
var shells = []string{"bash", "zsh", "fish"}

// Options is what was asked.
type Options struct {
	f     *cli.Factory
	root  *cobra.Command
	shell string
}

// New is the verb.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "A script that completes verbs, flags, keys and names by Tab",
		Long: `A script for your shell that completes verbs, flags and config keys by Tab, and
the names of sources, sinks and environments of the job you are in.

  bash   spaas completion bash > ~/.local/share/bash-completion/completions/spaas
  zsh    spaas completion zsh > "${fpath[1]}/_spaas"       (then compinit)
  fish   spaas completion fish > ~/.config/fish/completions/spaas.fish`,
		Example: `source <(spaas completion bash)
spaas completion fish | source`,
		Args:      cli.OneOf("the shell", shells...),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd.Context(), &Options{f: f, root: cmd.Root(), shell: args[0]})
		},
	}
	cli.DocumentJSON(cmd, `{"api": 1, "shell": "bash", "script": "# bash completion …"}`)
	return cmd
}

// document is the result with --json.
type document struct {
	API    int    `json:"api"`
	Shell  string `json:"shell"`
	Script string `json:"script"`
}

func run(_ context.Context, o *Options) error {
	var script bytes.Buffer
	var err error
	switch o.shell {
	case "bash":
		err = o.root.GenBashCompletionV2(&script, true)
	case "zsh":
		err = o.root.GenZshCompletion(&script)
	case "fish":
		err = o.root.GenFishCompletion(&script, true)
	}
	if err != nil {
		return fmt.Errorf("writing the script: %w", err)
	}
	if o.f.Global.JSON {
		return o.f.WriteJSON(document{cli.API, o.shell, script.String()})
	}
	o.f.Term.Printf("%s", script.String())
	return nil
}
