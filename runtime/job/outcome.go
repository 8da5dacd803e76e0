package job

import (
	"errors"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// The exit codes of a job's process. Who supervises it restarts after
// codeFailed only: the others mean that it is well or that a person is needed.
const (
	codeDone        = 0   // stopped when asked, or all input was read
	codeFailed      = 1   // a restart may cure it
	codeUsage       = 2   // wrong usage or config
	codeRefused     = 4   // fenced by a newer copy, or going on would harm the results
	codeInterrupted = 130 // told twice to stop
)

// stage is how far the process had come.
type stage int

const (
	preparing stage = iota // config, graph, connectors: nothing is running
	working                // the engine was started
)

// outcome is how the work of the process ended.
type outcome struct {
	state  jobapi.State
	reason string // of a stop; why it failed is err
	err    error
	code   int
	// incurable: no restart helps, so with --on-fault stay the process stays up.
	incurable bool
}

// judge decides what an end of the work means. err is nil when every input
// ended or a final checkpoint was taken; stopped is why it was asked to stop,
// empty when it was not.
func judge(at stage, err error, stopped string) outcome {
	switch {
	case err == nil && stopped != "":
		return outcome{state: jobapi.Stopped, reason: stopped, code: codeDone}
	case err == nil:
		return outcome{state: jobapi.Finished, code: codeDone}
	case errors.Is(err, errSignalled):
		return outcome{state: jobapi.Stopped, reason: err.Error() + " before it had started", code: codeDone}
	}
	o := outcome{state: jobapi.Failed, err: err, code: codeFailed}
	if _, fenced := errors.AsType[*checkpoint.FencedError](err); fenced {
		// Never "stay": the other copy does the work, and this one is in its way.
		o.code = codeRefused
		return o
	}
	if o.incurable = fault.Incurable(err); o.incurable {
		o.code = codeRefused
		if at == preparing {
			o.code = codeUsage
		}
	}
	return o
}
