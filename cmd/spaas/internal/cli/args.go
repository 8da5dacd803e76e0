package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/pkg/fault"
)

// Misuse is the error of a command line that cannot be understood: exit code 2.
func Misuse(cmd *cobra.Command, do, format string, args ...any) error {
	return &ExitError{
		Code: Usage,
		Err:  &fault.Error{What: fmt.Sprintf(format, args...), Do: do},
		Next: cmd.CommandPath() + " --help",
	}
}

// Args accepts exactly the named arguments: Args("KEY", "VALUE"). Without names
// it accepts none.
func Args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return Misuse(cmd, "", "%s needs %s", cmd.CommandPath(), strings.Join(names[len(args):], " and "))
		case len(args) > len(names) && len(names) == 0:
			return Misuse(cmd, "", "%s takes no argument, but got %q", cmd.CommandPath(), args[0])
		case len(args) > len(names):
			return Misuse(cmd, "", "%s takes %s and nothing more, but got %q too",
				cmd.CommandPath(), strings.Join(names, " and "), args[len(names)])
		}
		return nil
	}
}

// OneOf accepts one argument, which must be one of a few words.
func OneOf(name string, words ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := Args(name)(cmd, args); err != nil {
			return err
		}
		if slices.Contains(words, args[0]) {
			return nil
		}
		return Misuse(cmd, fault.DidYouMean(args[0], words), "%s is one of %s, but got %q",
			name, strings.Join(words, ", "), args[0])
	}
}
