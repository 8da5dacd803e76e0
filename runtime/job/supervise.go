package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

// running is an engine at work, as the process sees it.
type running interface {
	// Wait returns when the generation is over: nil when it was stopped or all
	// input was read.
	Wait() error
	// Status counts; it may be called at any time, also after the end.
	Status() jobapi.Status
	Savepoint(ctx context.Context) (uint64, error)
	// Stop takes the final checkpoint, Drain ends the input first.
	Stop(ctx context.Context) error
	Drain(ctx context.Context) error
	Pause()
	Resume()
	SetRate(source string, perSecond float64)
}

// answerTime is how long the end of the process waits for the answer to a
// control record that is being carried out.
const answerTime = 10 * time.Second

// supervisor stands between a running engine and who may ask something of it:
// signals and the control record. It decides when the run is over.
type supervisor struct {
	job     running
	board   *board
	timeout time.Duration // of the final checkpoint

	mu      sync.Mutex
	stopped string     // why the end was asked for, though input may remain
	broken  chan error // an end that was asked for could not be reached
}

func newSupervisor(job running, b *board, timeout time.Duration) *supervisor {
	return &supervisor{job: job, board: b, timeout: timeout, broken: make(chan error, 1)}
}

// watch returns when the run is over: the engine ended, told is done and the
// final checkpoint was taken, or it could not be taken in time. stopped is the
// request that ended it, empty when the input or a failure did.
func (s *supervisor) watch(told context.Context) (stopped string, err error) {
	ended := make(chan error, 1)
	go func() { ended <- s.job.Wait() }()

	signal := told.Done()
	for {
		select {
		case err := <-ended:
			return s.whyStopped(), err
		case err := <-s.broken:
			return s.whyStopped(), err
		case <-signal:
			signal = nil
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
				defer cancel()
				_, _ = s.stop(ctx, context.Cause(told).Error())
			}()
		}
	}
}

// Stop is a stop by the control record.
func (s *supervisor) Stop(ctx context.Context) (uint64, error) {
	return s.stop(ctx, "told to stop by the control record")
}

// stop takes the final checkpoint. When that fails the run is over too: its
// sources are silent, and a process that only looks alive helps nobody.
func (s *supervisor) stop(ctx context.Context, why string) (uint64, error) {
	s.mu.Lock()
	s.stopped = why
	s.mu.Unlock()
	s.board.enter(jobapi.Stopping, why)
	err := s.job.Stop(ctx)
	return s.end("final checkpoint", err)
}

// Drain ends the input and lets everything flow out.
func (s *supervisor) Drain(ctx context.Context) (uint64, error) {
	s.board.enter(jobapi.Running, "draining: reading to where the input ended when it was asked for")
	err := s.job.Drain(ctx)
	return s.end("end of the drained input", err)
}

// end returns the number of the last checkpoint, or makes the run end with why
// there is none.
func (s *supervisor) end(what string, err error) (uint64, error) {
	status := s.job.Status()
	newest := status.Restored
	if last := status.Checkpoints.Last; last != nil {
		newest = last.ID
	}
	if err == nil {
		return newest, nil
	}
	f := &fault.Error{What: "the " + what + " was not reached", Err: err, Do: "the next start reads everything again from the start"}
	if newest > 0 {
		f.Do = fmt.Sprintf("nothing is lost: the next start goes on from checkpoint %d", newest)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		f.What = fmt.Sprintf("the %s was not reached within %s", what, s.timeout)
	}
	select {
	case s.broken <- f:
	default: // one reason is enough
	}
	return 0, f
}

func (s *supervisor) whyStopped() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// Savepoint takes a checkpoint that nothing deletes.
func (s *supervisor) Savepoint(ctx context.Context) (uint64, error) { return s.job.Savepoint(ctx) }

// SetRate caps a source.
func (s *supervisor) SetRate(source string, perSecond float64) { s.job.SetRate(source, perSecond) }

// Pause silences the sources.
func (s *supervisor) Pause() {
	s.job.Pause()
	s.board.enter(jobapi.Paused, "asked by the control record")
}

// Resume lets the sources go on.
func (s *supervisor) Resume() {
	s.job.Resume()
	s.board.enter(jobapi.Running, "")
}
