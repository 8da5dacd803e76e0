package checkpoint

import (
	"cmp"
	"log/slog"
	"os"
	"time"
)

func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Minute)
	o.MaxFailures = cmp.Or(o.MaxFailures, 10)
	o.PID = cmp.Or(o.PID, os.Getpid())
	if o.Host == "" {
		o.Host, _ = os.Hostname() // a copy without a name is still told by its pid
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o Options) rules() rules {
	return rules{
		job: o.Job, graph: o.Graph, keyGroups: o.KeyGroups, parallelism: o.Parallelism, tasks: o.Tasks,
		sweepAfter: 16, sumAfter: 64,
		every: o.Every, timeout: o.Timeout, minPause: o.MinPause, maxFailures: o.MaxFailures, keep: o.Keep,
	}
}
