package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

// controlPoll is how often the control record is looked at.
const controlPoll = 250 * time.Millisecond

// controlled is what a control record can ask of a running job.
type controlled interface {
	// Savepoint takes a checkpoint that nothing deletes and returns its number.
	Savepoint(ctx context.Context) (uint64, error)
	// Stop takes the final checkpoint, Drain ends the input first. Both return
	// the number of that checkpoint once it is decided and resolved.
	Stop(ctx context.Context) (uint64, error)
	Drain(ctx context.Context) (uint64, error)
	Pause()
	Resume()
	SetRate(source string, perSecond float64)
}

// controller watches the control record and does what it says. One goroutine
// looks, one record at a time: a record that is replaced before its turn is
// never carried out, because only the newest wish counts.
type controller struct {
	read    func(ctx context.Context) ([]byte, error) // fs.ErrNotExist: no record
	store   blob.Store                                // of the job; the operations are kept in it
	job     controlled
	sources []string      // names that a rate may be set for
	timeout time.Duration // of a savepoint, and of a final checkpoint
	log     *slog.Logger
	now     func() time.Time

	// failed is set in a process that stays up with a fault: it answers every
	// record with it, and a wish to end by calling end.
	failed error
	end    func()

	acts    sync.WaitGroup // drains that are under way
	seen    []byte         // the newest content that was dealt with
	suspect []byte         // content that could not be read, seen once
	trouble string         // the last failure to read, reported once
}

// fromFile reads the control record from a file.
func fromFile(path string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, jobapi.MaxControl+1))
	}
}

// fromStore reads a document of the job's folder of the store, the control
// record or an operation.
func fromStore(store blob.Store, name string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		r, err := store.Open(ctx, name)
		if errors.Is(err, blob.ErrNotFound) {
			return nil, fs.ErrNotExist
		}
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(io.LimitReader(r, jobapi.MaxControl+1))
	}
}

// run polls until ctx is done, and answers what was carried out by then. What
// was not stays accepted: the next process takes it up.
func (c *controller) run(ctx context.Context) {
	tick := time.NewTicker(controlPoll)
	defer tick.Stop()
	defer c.acts.Wait()
	for {
		c.poll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// poll looks once.
func (c *controller) poll(ctx context.Context) {
	data, err := c.read(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case errors.Is(err, fs.ErrNotExist):
		c.trouble = ""
		return
	case err != nil:
		// The job goes on with what it was last asked; say so once.
		if c.trouble != err.Error() {
			c.trouble = err.Error()
			c.log.Warn("the control record cannot be read", "error", err)
		}
		return
	}
	c.trouble = ""
	if bytes.Equal(data, c.seen) {
		return
	}
	record, err := jobapi.ParseControl(data)
	if err == nil {
		err = c.check(record)
	}
	if err != nil && !bytes.Equal(data, c.suspect) {
		// Perhaps somebody is writing it in place: judge it when it stays like this.
		c.suspect = data
		return
	}
	c.suspect = nil
	if err != nil {
		c.seen = data
		c.refuse(ctx, record.ID, err)
		return
	}
	// A store that cannot be written keeps the record for the next poll: what is
	// not on record as accepted is not begun.
	if c.obey(ctx, record) {
		c.seen = data
	}
}

// check finds what only this job can find wrong with a record.
func (c *controller) check(record jobapi.Control) error {
	var faults []error
	for _, source := range slices.Sorted(maps.Keys(record.Rate)) {
		if !slices.Contains(c.sources, source) {
			faults = append(faults, fmt.Errorf("rate of source %q: the job has no such source%s", source, fault.Meant(source, c.sources)))
		}
	}
	return errors.Join(faults...)
}

// refuse answers a record that cannot be carried out.
func (c *controller) refuse(ctx context.Context, id string, why error) {
	c.log.Warn("the control record is refused", "id", id, "error", why)
	if !jobapi.ValidID(id) {
		return // there is no name to answer under
	}
	if op, err := c.operation(ctx, id); err == nil && op.State.Final() {
		return // an answer is never taken back
	}
	if err := c.answer(ctx, jobapi.Operation{ID: id, State: jobapi.OperationFailed, Error: why.Error()}); err != nil {
		c.log.Warn("the refusal of a control record cannot be stored", "id", id, "error", err)
	}
}

// obey carries a record out and reports whether it was dealt with.
func (c *controller) obey(ctx context.Context, record jobapi.Control) bool {
	log := c.log.With("operation", record.ID)
	op, err := c.operation(ctx, record.ID)
	if err != nil {
		log.Warn("the operations cannot be read; the control record waits", "error", err)
		return false
	}
	if op.State.Final() {
		// Carried out by an earlier process. What it asked for as a level holds on;
		// what was an act is over. A level that was refused then is refused now.
		if op.State == jobapi.OperationDone && c.failed == nil {
			c.levels(record)
			log.Info("the control record was carried out before; its levels hold on", "want", record.Want, "rate", record.Rate)
		}
		return true
	}
	if op.State != jobapi.OperationAccepted {
		if err := c.answer(ctx, jobapi.Operation{ID: record.ID, State: jobapi.OperationAccepted}); err != nil {
			log.Warn("the operation cannot be recorded; the control record waits", "error", err)
			return false
		}
	}
	log.Info("asked by the control record", "want", record.Want, "savepoint", record.Savepoint, "rate", record.Rate,
		"who", record.Who, "why", record.Why)

	if record.Want == jobapi.WantDrained {
		// It takes as long as the input: other wishes are heard meanwhile.
		c.acts.Go(func() { c.finish(ctx, record, log) })
	} else {
		c.finish(ctx, record, log)
	}
	return true
}

// finish carries an accepted record out and answers it.
func (c *controller) finish(ctx context.Context, record jobapi.Control, log *slog.Logger) {
	op := jobapi.Operation{ID: record.ID, State: jobapi.OperationDone}
	var err error
	op.Checkpoint, err = c.carryOut(ctx, record)
	switch {
	case err == nil:
		log.Info("done what the control record asked for", "checkpoint", op.Checkpoint)
	case ctx.Err() != nil:
		log.Warn("the process ends; the next one goes on with what the control record asked for", "error", err)
		return
	default:
		op.State, op.Error = jobapi.OperationFailed, err.Error()
		log.Error("what the control record asked for failed", "error", err)
	}
	// The answer outlives the wish to end: whoever asked waits for it.
	if err := c.answer(context.WithoutCancel(ctx), op); err != nil {
		log.Error("the answer to a control record cannot be stored", "error", err)
	}
}

// carryOut does what the record asks for and returns the savepoint, or else
// the final checkpoint.
func (c *controller) carryOut(ctx context.Context, record jobapi.Control) (checkpoint uint64, err error) {
	if c.failed != nil {
		if record.Want == jobapi.WantStopped || record.Want == jobapi.WantDrained {
			c.end()
		}
		return 0, fmt.Errorf("the job had failed and took no checkpoint: %w", c.failed)
	}
	within := func(act func(context.Context) (uint64, error)) (uint64, error) {
		ctx, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		return act(ctx)
	}
	if record.Savepoint {
		if checkpoint, err = within(c.job.Savepoint); err != nil {
			return 0, fmt.Errorf("savepoint: %w", err)
		}
	}
	c.levels(record)
	var final uint64
	switch record.Want {
	case jobapi.WantStopped:
		final, err = within(c.job.Stop)
	case jobapi.WantDrained:
		// Reading to the end of the input may take hours: only the process's end bounds it.
		final, err = c.job.Drain(ctx)
	}
	if err != nil {
		return checkpoint, fmt.Errorf("%s: %w", record.Want, err)
	}
	if checkpoint == 0 {
		checkpoint = final
	}
	return checkpoint, nil
}

// levels brings the job to what the record asks for as long as it stands.
func (c *controller) levels(record jobapi.Control) {
	for _, source := range c.sources {
		c.job.SetRate(source, record.Rate[source])
	}
	switch record.Want {
	case jobapi.WantRunning:
		c.job.Resume()
	case jobapi.WantPaused:
		c.job.Pause()
	}
}

// operation reads the answer to an ID; the zero operation when there is none.
func (c *controller) operation(ctx context.Context, id string) (jobapi.Operation, error) {
	var op jobapi.Operation
	data, err := fromStore(c.store, jobapi.OperationName(id))(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return op, nil
	}
	if err != nil {
		return op, err
	}
	return op, json.Unmarshal(data, &op)
}

// answer keeps an operation in the store.
func (c *controller) answer(ctx context.Context, op jobapi.Operation) error {
	op.API, op.At = jobapi.Version, c.now().UTC()
	return c.store.Replace(ctx, jobapi.OperationName(op.ID), bytes.NewReader(encodeJSON(op)))
}
