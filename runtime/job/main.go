// Package job is the process of a job: a user's main function is one call.
//
//	func main() { job.Main(Build) }
//
// Main reads the command line and the config, builds the graph and the
// connectors, starts the engine and stays with it: it serves what the job says
// about itself over HTTP, obeys signals and the control record, keeps the
// process within its task's memory and processors, and turns every end into one
// clear report and an exit code. What a job computes is package stream's; how
// it runs is the engine's; here is only the process around it.
//
// Three things about it are not obvious:
//
//   - A fault that no restart cures (a config that is wrong, state that does not
//     fit, offsets that are gone) does not end the process: it stays up, not
//     ready, with the reason on /readyz, so that no supervisor restarts it in a
//     loop and hides the reason. --on-fault exit ends it.
//   - The HTTP port only answers questions. Whoever wants something of a job
//     writes its control record (package jobapi); the answer is an operation
//     in the job's folder of the checkpoint store.
//   - A record of that kind is carried out once, also across restarts: savepoint,
//     stop and drain are acts, and a job that is started again after it was
//     stopped runs. Pause and rates are levels and hold on after a restart.
package job

import (
	"fmt"
	"os"

	"github.com/spaas/spaas/runtime/stream"
)

// Main is the whole main function of a job. It does not return: it exits with
// the codes that --help lists. build is called once, in every verb but version.
func Main(build func(*stream.Graph) error) {
	os.Exit(thisHost().main(build))
}

// main does what the command line says and returns the exit code.
func (h host) main(build func(*stream.Graph) error) int {
	f, err := parseFlags(h.args)
	if err != nil {
		fmt.Fprintf(h.stderr, "error: %v\n       %s --help lists what there is\n", err, h.name)
		return codeUsage
	}
	if f.help {
		fmt.Fprint(h.stdout, usage(h.name, f.verb))
		return codeDone
	}
	switch f.verb {
	case verbVersion:
		return h.version(f)
	case verbDescribe:
		return h.describe(f, build)
	default:
		return h.run(f, build)
	}
}
