// Package jobconf is the one place that says which documents a verb reads as the
// config of the job it is about, and completes the names in them.
//
// The job is that of the folder of -C, its environment that of --env. The
// platform document is, in this order,
//
//	--platform FILE      relative to the folder of -C, as every path is
//	$SPAAS_PLATFORM      for a shell that is about one platform
//	platform.yaml        beside spaas.yaml, if it is there
//
// and else none: then clusters and stores are names that nobody looks up until
// the job starts.
package jobconf

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/config"
)

// platformFile is the platform document that nobody has to name.
const platformFile = "platform.yaml"

// Flags are those that say what a config is read from.
type Flags struct {
	Platform string   // --platform, as it was given
	Set      []string // --set, as they were given
}

// AddPlatform declares --platform.
func (o *Flags) AddPlatform(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.Platform, "platform", "",
		"platform document: `FILE` (default $SPAAS_PLATFORM, then "+platformFile+" beside spaas.yaml)")
}

// AddSet declares --set.
func (o *Flags) AddSet(f *cli.Factory, cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.Set, "set", nil, "put a value over all others for this once: `KEY=VALUE` (repeatable)")
	complete(cmd, "set", func() []string {
		var keys []string
		for _, key := range Names(f).Keys {
			keys = append(keys, key+"=")
		}
		return keys
	}, cobra.ShellCompDirectiveNoSpace)
}

// Options says where the config of the job is. Without a platform document the
// names it would define are taken as they are.
func (o *Flags) Options(f *cli.Factory) config.Options {
	return config.Options{
		Dir: f.Dir(), Env: f.Global.Env, Platform: o.platform(f), PlatformLater: true,
		Set: o.Set, Now: f.Now(),
	}
}

func (o *Flags) platform(f *cli.Factory) string {
	if o.Platform != "" {
		return o.Platform
	}
	if named := f.Getenv("SPAAS_PLATFORM"); named != "" {
		return named
	}
	if _, err := os.Stat(f.Path(platformFile)); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return platformFile
}
