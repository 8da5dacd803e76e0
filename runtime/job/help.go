package job

import (
	"flag"
	"fmt"
	"strings"
)

// usage is the help of a verb. name is how the binary was called.
func usage(name string, v verb) string {
	var b strings.Builder
	switch v {
	case verbRun:
		fmt.Fprintf(&b, `%[1]s is a stream job built with spaas.

Usage:
  %[1]s [run] [flags]        run until all input was read, or told to stop
  %[1]s describe [--json]    what the job is made of: sources, state, sinks
  %[1]s version [--json]     what the binary was built from
  %[1]s help VERB            help of a verb

Flags of run:
%[2]s
Reading:
  GET /healthz   200 while the process is alive
  GET /readyz    200 when the job does its work, else 503 with the reason
  GET /metrics   Prometheus metrics
  GET /v1/job    the status as JSON, the same as in --status-file

Asking for something:
  Write a control record (JSON) to --control; operations/ID.json in the job's
  folder of the store answers it:
    {"api": 1, "id": "op-1", "want": "running", "savepoint": true}
  want is running, paused, stopped (final checkpoint, then exit) or drained (end
  of input: all windows fire, then exit). "rate": {"SOURCE": N} caps records a
  second. Each id is carried out once, also across restarts.
  SIGTERM or Ctrl-C takes a final checkpoint and exits; a second one exits at
  once, and the next start goes on from the newest checkpoint.

Limits:
  Memory and processors follow resources.memory and resources.cpu of the config.
  GOMEMLIMIT, GOMAXPROCS and GOGC win over them, NOMAD_MEMORY_LIMIT and
  NOMAD_CPU_LIMIT too.

Exit codes:
  0    stopped when asked, or all input was read
  1    failed; a restart may cure it
  2    wrong usage or config
  4    refused: another copy has taken over, or going on would harm the results
  130  told twice to stop
`, name, flagHelp(v))
	case verbDescribe:
		fmt.Fprintf(&b, `What the job is made of. Its graph is built, nothing is read or started.

Usage:
  %s describe [--json]

Flags:
%s
JSON: {"api": 1, "job", "commit", "dirty", "spaas", "go", "os", "arch", "graph"}
`, name, flagHelp(v))
	case verbVersion:
		fmt.Fprintf(&b, `What the binary was built from: job, commit, version of spaas, Go, platform.

Usage:
  %s version [--json]

Flags:
%s
JSON: {"api": 1, "job", "commit", "dirty", "spaas", "go", "os", "arch"}
`, name, flagHelp(v))
	}
	return b.String()
}

// flagHelp lists the flags of a verb, one a line, in two columns.
func flagHelp(v verb) string {
	f := flags{verb: v}
	var lines [][2]string
	width := 0
	f.flagSet().VisitAll(func(fl *flag.Flag) {
		left := "--" + fl.Name
		if arg := flagArgument[fl.Name]; arg != "" {
			left += " " + arg
		}
		width = max(width, len(left))
		right := fl.Usage
		if fl.DefValue != "" && fl.DefValue != "false" && !strings.Contains(right, "default") {
			right += " (default " + fl.DefValue + ")"
		}
		lines = append(lines, [2]string{left, right})
	})
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, l[0], l[1])
	}
	return b.String()
}

// flagArgument names the value of each flag that takes one.
var flagArgument = map[string]string{
	"config": "FILE", "env": "E", "platform": "FILE", "set": "K=V", "dir": "DIR", "listen": "ADDR",
	"status-file": "FILE", "control": "FILE", "on-fault": "WHAT", "log": "FORMAT",
}
