package cli

import (
	"fmt"

	"github.com/spaas/spaas/pkg/fault"
)

// RefuseCode ends a verb whose job does not compile: it shows what the compiler
// says, as it says it, or with --json the faults in that.
func (f *Factory) RefuseCode(job, output string, faults fault.List) error {
	if f.Global.JSON {
		return Exit(Failed, faults)
	}
	fmt.Fprintln(f.Term.Err, output)
	return Exit(Failed, &fault.Error{What: job + " does not compile"})
}
