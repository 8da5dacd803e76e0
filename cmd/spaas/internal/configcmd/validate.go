package configcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

// validateOptions is what was asked.
type validateOptions struct {
	jobconf.Flags
	f *cli.Factory
}

func newValidate(f *cli.Factory) *cobra.Command {
	o := &validateOptions{f: f}
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Every fault of the config, in every environment",
		Long: `Every fault of the config, each with file:line:column and what to do about it:
of spaas.yaml by itself and in every environment, or in that of --env. The exit
code is 2 when there is any.

With a platform document, the clusters and stores that the job names are looked
up in it.`,
		Example: `spaas config validate
spaas config validate --env prod --platform platform.yaml`,
		Args: cli.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.AddPlatform(cmd)
	o.AddSet(f, cmd)
	cli.DocumentJSON(cmd, `{"api": 1, "job": "clicks", "sources": 1, "sinks": 3,
 "environments": ["prod", "staging"], "platform": "platform.yaml"}
environments are those that were checked; platform is empty when none was given.`)
	return cmd
}

func (o *validateOptions) run(context.Context) error {
	where := o.Options(o.f)
	envs := []string{""}
	if where.Env == "" {
		envs = append(envs, jobconf.Names(o.f).Environments...)
	} else {
		envs[0] = where.Env
	}
	var faults fault.List
	var loaded *config.Loaded
	for _, env := range envs {
		where.Env = env
		one, err := config.Load(where)
		faults = faults.Add(err)
		if loaded == nil {
			loaded = one
		}
	}
	// What is wrong in spaas.yaml is wrong in every environment: it is said once.
	if err := faults.Once().Err(); err != nil {
		return err
	}
	if envs[0] == "" {
		envs = envs[1:]
	}
	if o.f.Global.JSON {
		return o.f.WriteJSON(validJSON{
			API: cli.API, Job: loaded.Job.Job, Sources: len(loaded.Job.Sources), Sinks: len(loaded.Job.Sinks),
			Environments: append([]string{}, envs...), Platform: where.Platform,
		})
	}
	in := ""
	if len(envs) > 0 {
		in = " in " + strings.Join(envs, ", ")
	}
	o.f.Term.Printf("%s\n", o.f.Term.Green(fmt.Sprintf("%s is valid%s: %s, %s", loaded.Job.Job, in,
		counted(len(loaded.Job.Sources), "source"), counted(len(loaded.Job.Sinks), "sink"))))
	notePlatform(o.f.Term, where, loaded)
	return nil
}

// validJSON is the result with --json.
type validJSON struct {
	API          int      `json:"api"`
	Job          string   `json:"job"`
	Sources      int      `json:"sources"`
	Sinks        int      `json:"sinks"`
	Environments []string `json:"environments"`
	Platform     string   `json:"platform"`
}
