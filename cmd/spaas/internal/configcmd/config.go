// Package configcmd is `spaas config`: what a job reads and writes, what is in
// force and who said so. A file is a verb of it.
package configcmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
)

// New is the verb.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "What the job reads, writes and is given: show it, change it, check it",
		Long: `What the job reads, writes and is given: show it, change it, check it.

Four layers say what is in force, each over the ones before it:

  template     spaas.yaml           what the developer of the job says
  environment  envs/E.yaml          what differs in one environment (--env E)
  live         stored, with an end  what an operator says for one deployment
  --set        the command line     what somebody says for one run

Blocks merge, lists replace, null unsets. The path of a key is its YAML path:
sources.clicks.kafka.topic.

The platform document defines what a job may only name: Kafka clusters, stores,
security groups. It is --platform FILE, else $SPAAS_PLATFORM, else platform.yaml
beside spaas.yaml.`,
		Example: `spaas config show --env prod
spaas config set resources.memory 1GiB --env prod
spaas config explain checkpoint.every`,
	}
	cmd.AddCommand(newShow(f), newExplain(f), newDiff(f), newSet(f), newUnset(f), newValidate(f), newSchema(f))
	return cmd
}

// none stands for a value that is not there.
const none = "-"

// orNone is a value as a cell of a table: on one line, and never empty.
func orNone(value string, there bool) string {
	if !there {
		return none
	}
	if value == "" {
		return `""`
	}
	return strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`, "\x1b", `\x1b`).Replace(value)
}

// title is the line above a result: "clicks · env prod · context prod-eu".
func title(t *term.Terminal, loaded *config.Loaded) string {
	parts := []string{t.Bold(loaded.Job.Job)}
	if loaded.Env != "" {
		parts = append(parts, "env "+loaded.Env, "context "+loaded.Context)
	}
	parts = append(parts, "namespace "+loaded.Job.Namespace)
	return strings.Join(parts, " · ")
}

// keyArgument accepts one key, and completes it.
func keyArgument(f *cli.Factory) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return keyCompletions(f), cobra.ShellCompDirectiveNoFileComp
	}
}

// keyCompletions are the keys of the job with what they mean.
func keyCompletions(f *cli.Factory) []string {
	var words []string
	for _, key := range jobconf.Names(f).Keys {
		if doc, err := config.DocOf(key); err == nil {
			words = append(words, cobra.CompletionWithDesc(key, doc.Text))
		}
	}
	return words
}

// counted is a number with its noun: "1 key", "3 keys".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// noteExpired says which live overrides have ended, so that nobody wonders why
// they are not in force.
func noteExpired(t *term.Terminal, loaded *config.Loaded) {
	for _, live := range loaded.Expired {
		why := live.Who
		if live.Why != "" {
			why += ", " + live.Why
		}
		t.Notef("%s: the live override %s by %s ended on %s and is not in force", live.Key, live.Value, why, live.Until.UTC().Format("2 Jan 15:04Z"))
	}
}

// notePlatform says that clusters were not looked up.
func notePlatform(t *term.Terminal, o config.Options, loaded *config.Loaded) {
	clusters := loaded.Clusters()
	if o.Platform != "" || len(clusters) == 0 {
		return
	}
	t.Notef("%s not looked up: no platform document (--platform FILE, $SPAAS_PLATFORM, or platform.yaml beside spaas.yaml)", strings.Join(clusters, ", "))
}
