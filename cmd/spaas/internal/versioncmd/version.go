// Package versioncmd is `spaas version`.
package versioncmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/version"
)

// Options is what was asked.
type Options struct {
	f *cli.Factory
}

// New is the verb.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "The version of spaas, and what it was built from",
		Long: `The version of spaas, the commit it was built from, Go and the platform.

Jobs are linked against the runtime of the spaas that builds them, so this is
also the version of the runtime that "spaas build" uses.`,
		Example: `spaas version
spaas version --json`,
		Args: cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), &Options{f: f})
		},
	}
	cli.DocumentJSON(cmd, `{"api": 1, "spaas": "0.3.1", "commit": "a81d0c4…", "dirty": false,
 "go": "go1.26.0", "os": "linux", "arch": "amd64"}`)
	return cmd
}

// document is the result with --json.
type document struct {
	API int `json:"api"`
	version.Info
}

func run(_ context.Context, o *Options) error {
	info := o.f.Version()
	if o.f.Global.JSON {
		return o.f.WriteJSON(document{cli.API, info})
	}
	o.f.Term.Println(info)
	return nil
}
