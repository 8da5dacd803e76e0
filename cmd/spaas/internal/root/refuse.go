package root

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/fault"
)

// refuseVerb is the Args of a command that only holds others: any argument is a
// verb that does not exist.
func refuseVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return cli.Misuse(cmd, meant(cmd, args[0]), "%s has no verb %q", cmd.CommandPath(), args[0])
}

// meant suggests the verb of cmd that a word may have been meant to be.
func meant(cmd *cobra.Command, word string) string {
	var names []string
	for _, verb := range cmd.Commands() {
		if verb.Hidden {
			continue
		}
		names = append(names, verb.Name())
		for _, other := range verb.SuggestFor {
			if other == word {
				return fault.DidYouMean(verb.Name(), []string{verb.Name()})
			}
		}
	}
	return fault.DidYouMean(word, names)
}

// refuseFlag explains a flag that could not be read.
func refuseFlag(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if unknown.GetSpecifiedShortnames() != "" {
			return cli.Misuse(cmd, "", "%s has no flag -%s", cmd.CommandPath(), unknown.GetSpecifiedName())
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		word := "--" + unknown.GetSpecifiedName()
		return cli.Misuse(cmd, fault.DidYouMean(word, names), "%s has no flag %s", cmd.CommandPath(), word)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		name, _ := pflag.UnquoteUsage(missing.GetFlag())
		return cli.Misuse(cmd, "", "--%s needs a value: --%s %s", missing.GetFlag().Name, missing.GetFlag().Name, name)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		// strconv names itself: `strconv.ParseBool: parsing "x": invalid syntax`.
		why := invalid.Unwrap().Error()
		if _, after, found := strings.Cut(why, ": "); found && strings.HasPrefix(why, "strconv.") {
			why = after
		}
		return cli.Misuse(cmd, "", "--%s cannot be %q: %s", invalid.GetFlag().Name, invalid.GetValue(), why)
	}
	return cli.Misuse(cmd, "", "%v", err)
}
