package root

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
)

// polish gives every command under cmd what is the same for all: how it is
// refused, and how its help looks.
func polish(f *cli.Factory, cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(refuseFlag)
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { f.Term.Printf("%s", help(f.Term, cmd)) })
	cmd.SetHelpCommand(newHelp(cmd))
	each(cmd, func(cmd *cobra.Command) {
		cmd.DisableFlagsInUseLine = true
		cmd.Flags().SortFlags = false
		if cmd.HasSubCommands() {
			cmd.Args = refuseVerb
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	})
}

// each visits cmd and all commands under it.
func each(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		each(sub, visit)
	}
}

// newHelp is `spaas help VERB`, which is `spaas VERB --help`.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [VERB]",
		Short:   "What a verb does, takes and writes",
		Example: "spaas help config set",
		Args: func(_ *cobra.Command, args []string) error {
			cmd := root
			for _, word := range args {
				next := child(cmd, word)
				if next == nil {
					return refuseVerb(cmd, []string{word})
				}
				cmd = next
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			cmd := root
			for _, word := range args {
				cmd = child(cmd, word)
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			cmd := root
			for _, word := range args {
				if cmd = child(cmd, word); cmd == nil {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
			}
			var names []string
			for _, verb := range cmd.Commands() {
				if verb.IsAvailableCommand() {
					names = append(names, cobra.CompletionWithDesc(verb.Name(), verb.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// child is the verb of cmd with that name, nil when there is none.
func child(cmd *cobra.Command, name string) *cobra.Command {
	for _, verb := range cmd.Commands() {
		if verb.Name() == name {
			return verb
		}
	}
	return nil
}

// help renders the help of a command.
func help(t *term.Terminal, cmd *cobra.Command) string {
	var b strings.Builder
	part := func(title, text string) {
		if text = strings.Trim(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s\n%s\n", t.Bold(title), indent(text))
		}
	}
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintln(&b, strings.TrimSpace(text))
	part("Usage", usageLine(cmd))
	for _, g := range cmd.Groups() {
		part(g.Title, verbList(t, cmd, g.ID))
	}
	if len(cmd.Groups()) == 0 {
		part("Verbs", verbList(t, cmd, ""))
	}
	part("Examples", cmd.Example)
	// pflag indents by two columns for the short names; so do we for all.
	width := t.Width()
	own := cmd.LocalNonPersistentFlags()
	own.SortFlags = false // it is a new set, sorted again
	part("Flags", dedent(own.FlagUsagesWrapped(width)))
	if cmd.HasParent() {
		part("Flags of every verb", dedent(cmd.InheritedFlags().FlagUsagesWrapped(width)))
	} else {
		part("Flags of every verb", dedent(cmd.PersistentFlags().FlagUsagesWrapped(width)))
		part("Exit codes", exitCodes)
	}
	part("With --json", cli.JSONDocument(cmd))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s says more about a verb.\n", t.Cyan(cmd.CommandPath()+" VERB --help"))
	}
	return b.String()
}

const exitCodes = `0    done
1    failed
2    the command line or the config is wrong
3    there are changes, where --exit-code asks
4    a safety check refused it
5    rolled back
130  interrupted`

func usageLine(cmd *cobra.Command) string {
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() && cmd.HasParent() {
		line += " VERB"
	}
	return line + " [flags]"
}

// verbList lists the verbs of one group, "" is those without.
func verbList(t *term.Terminal, cmd *cobra.Command, group string) string {
	var table term.Table
	for _, verb := range cmd.Commands() {
		if verb.GroupID == group && verb.IsAvailableCommand() {
			table.Row(t.Cyan(verb.Name()), verb.Short)
		}
	}
	return table.Render(t)
}

func indent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = "  " + line
		}
	}
	return strings.Join(lines, "\n")
}

// dedent takes two columns off every line.
func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}
