package runcmd

import (
	"context"
	"sync"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/jobprocess"
	"github.com/spaas/spaas/pkg/jobapi"
)

// ending is why a run ended.
type ending string

const (
	byItself    ending = "job"       // it has read all its input, or failed
	byIdleness  ending = "idle"      // --until-idle
	byTime      ending = "time"      // --for
	byInterrupt ending = "interrupt" // Ctrl-C
	byFeeding   ending = "feeding"   // the input could not be fed
	byOver      ending = "over"      // an earlier run had read all its input
)

// look is how often the status of the job is looked at.
const look = 200 * time.Millisecond

// attended is what a run is waiting for.
type attended struct {
	job       *jobprocess.Process
	view      view
	fed       <-chan error  // the end of feeding
	untilIdle bool          // ask for the end when all that was fed is read
	limit     time.Duration // ask for the end after so long; 0 is never
	now       func() time.Time
}

// attend stays with a job until its process is over, and says why it ended. The
// error is why the input could not be fed.
func (a attended) attend(ctx context.Context) (why ending, err error) {
	why = byItself
	tick := time.NewTicker(look)
	defer tick.Stop()
	var limit <-chan time.Time
	var fedAt time.Time
	var seen watch
	interrupted, fed := ctx.Done(), a.fed
	// A second signal would end the job without a final checkpoint.
	terminate := sync.OnceFunc(a.job.Terminate)
	// end asks for the end, for the first reason there is.
	end := func(reason ending, ask func()) {
		if why == byItself {
			why = reason
			ask()
		}
	}
	for {
		select {
		case <-a.job.Done():
			if s, ok := a.job.Status(); ok {
				seen.see(s)
				a.view.progress(seen.line())
			}
			return why, err
		case <-interrupted:
			interrupted = nil
			// Also when it is ending already: a drain may wait for much input.
			why = byInterrupt
			a.view.notef("taking a final checkpoint; Ctrl-C again ends without")
			terminate()
		case failed := <-fed:
			fed, fedAt = nil, a.now()
			if failed != nil && ctx.Err() == nil {
				err = failed
				end(byFeeding, terminate)
			}
		case <-limit:
			end(byTime, terminate)
		case <-tick.C:
			s, ok := a.job.Status()
			if !ok {
				continue
			}
			seen.see(s)
			a.view.progress(seen.line())
			if a.limit > 0 && limit == nil && s.State == jobapi.Running {
				limit = time.After(a.limit)
			}
			if a.untilIdle && fed == nil && seen.settled(fedAt) {
				end(byIdleness, func() {
					if err := a.job.Ask(jobapi.WantDrained, "all input was read"); err != nil {
						a.view.notef("%v", err)
						terminate()
					}
				})
			}
		}
	}
}
