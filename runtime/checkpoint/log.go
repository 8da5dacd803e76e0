package checkpoint

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/fault"
)

// recordSeal is what a record of the log is, in its seal.
const recordSeal = "decision log"

// decisionLog is the log of one job in its store. Records are numbered from 1
// without gaps, each created only if absent: of two processes that write the
// same number one wins, and the other sees that it lost. Methods are called by
// one goroutine at a time.
type decisionLog struct {
	store blob.Store
	job   string
	by    Owner
	now   func() time.Time

	// What was tried for one number. An attempt whose answer was lost may have
	// succeeded, or may yet: whatever is tried next for that number, the log has
	// the last word on which of them it was.
	slot  uint64
	tried []string // nonces
}

// errTaken says that another process wrote the record of a number first.
var errTaken = errors.New("the number is taken")

// list returns the numbers of the records that are there, in order.
func (l *decisionLog) list(ctx context.Context) ([]uint64, error) {
	infos, err := l.store.List(ctx, logFolder)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, i := range infos {
		if n, ok := logNumber(i.Name); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// read returns what the log comes to. It reads from the newest record back to
// the newest one that sums up everything before it.
func (l *decisionLog) read(ctx context.Context) (history, error) {
	var newest uint64
	for {
		numbers, err := l.list(ctx)
		if err != nil {
			return history{}, err
		}
		if len(numbers) == 0 {
			return history{}, l.refuseOrphans(ctx)
		}
		before := newest
		newest = numbers[len(numbers)-1]
		h, missing, err := l.replay(ctx, newest)
		switch {
		case err != nil:
			return history{}, err
		case missing == 0:
			return h, nil
		case newest == before:
			return history{}, l.damaged(missing, errors.New("the record is missing"))
		}
		// A coordinator that is at work may just have summed up the log and
		// removed the record: then there is a newer one to begin with.
	}
}

// replay reads the log from its newest record. It returns the number of a
// record that is missing, 0: none is.
func (l *decisionLog) replay(ctx context.Context, newest uint64) (h history, missing uint64, err error) {
	var records []*record
	for n := newest; n > 0; n-- {
		r, err := l.open(ctx, n)
		if errors.Is(err, blob.ErrNotFound) {
			return h, n, nil
		} else if err != nil {
			return h, 0, err
		}
		records = append(records, r)
		if r.Kind == kindKept {
			break
		}
	}
	for _, r := range slices.Backward(records) {
		if err := h.apply(r); err != nil {
			return h, 0, l.damaged(r.Number, err)
		}
	}
	return h, 0, nil
}

// refuseOrphans refuses a store that has checkpoints but no log: the log never
// loses its newest record by itself, and to start from nothing beside the
// checkpoints would be to lose them silently.
func (l *decisionLog) refuseOrphans(ctx context.Context) error {
	manifests, err := l.store.List(ctx, manifestFolder)
	if err != nil || len(manifests) == 0 {
		return err
	}
	return &fault.Error{
		What: fmt.Sprintf("there are %d manifests of checkpoints but no decision log", len(manifests)), Where: l.where(strings.TrimSuffix(logFolder, "/")),
		Do: "bring the folder log/ back from a copy of the store; to start the job from nothing, remove the folder of the job", Incurable: true,
	}
}

// open reads one record.
func (l *decisionLog) open(ctx context.Context, number uint64) (*record, error) {
	data, err := readAll(ctx, l.store, logName(number))
	if err != nil {
		return nil, err
	}
	r, err := unsealed[record](recordSeal, data)
	if err == nil {
		err = r.valid()
	}
	if err == nil && r.Number != number {
		err = fmt.Errorf("it says that it is record %d", r.Number)
	}
	if err != nil {
		return nil, l.damaged(number, err)
	}
	return r, nil
}

// damaged is the fault of a record that cannot be obeyed. Nothing can be made
// of a log with a hole: the record may have decided anything.
func (l *decisionLog) damaged(number uint64, err error) error {
	f := &fault.Error{
		What: fmt.Sprintf("record %d of the decision log cannot be used", number), Where: l.where(logName(number)), Err: err,
		Do: "bring the file back from a copy of the store; to start the job from nothing, remove the folder of the job", Incurable: true,
	}
	if _, ok := errors.AsType[*errNewer](err); ok {
		f.Do = "run the version of spaas that wrote it, or a newer one"
	}
	return f
}

func (l *decisionLog) where(name string) string { return l.store.String() + "/" + name }

// append writes a record under its number and returns the one that stands
// there: r, or one that was tried before and whose answer was lost. It returns
// errTaken when another process was first, a *FencedError when r stands but is
// not the newest any more, and any other error when it is not known whether
// anything was written: append must then be called for this number again. base
// is the oldest record that must still be there.
func (l *decisionLog) append(ctx context.Context, base uint64, r record) (*record, error) {
	if l.slot != r.Number {
		l.slot, l.tried = r.Number, nil
	}
	r.Nonce, r.At, r.By = rand.Text(), l.now().UTC(), l.by
	l.tried = append(l.tried, r.Nonce)
	data, err := sealed(recordSeal, &r)
	if err != nil {
		return nil, err
	}
	err = l.store.Create(ctx, logName(r.Number), bytes.NewReader(data))
	if err != nil && !errors.Is(err, blob.ErrExists) {
		// Perhaps only the answer was lost. A second attempt tells: it finds what
		// the first has written, and by then that is durable.
		if again := l.store.Create(ctx, logName(r.Number), bytes.NewReader(data)); again == nil || errors.Is(again, blob.ErrExists) {
			err = again
		}
	}
	stands := &r
	if errors.Is(err, blob.ErrExists) {
		if stands, err = l.open(ctx, r.Number); err == nil && !slices.Contains(l.tried, stands.Nonce) {
			err = errTaken
		}
	}
	if err != nil {
		return nil, err
	}
	return stands, l.newest(ctx, base, r.Number)
}

// newest returns a *FencedError unless the record of a number is the newest.
// Looking at what comes next would not do: a newer term may have removed it
// since, with everything that is older than its own newest records.
func (l *decisionLog) newest(ctx context.Context, base, number uint64) error {
	numbers, err := l.list(ctx)
	if err != nil {
		return err
	}
	if len(numbers) > 0 && numbers[len(numbers)-1] > number {
		return l.overtaken(ctx)
	}
	// The record before is removed only below base. A folder that is not mounted
	// any more would otherwise be taken for the store.
	for n := number; n >= max(base, 1) && n+1 >= number; n-- {
		if !slices.Contains(numbers, n) {
			return &fault.Error{
				What: fmt.Sprintf("the store has lost record %d of the decision log while the job ran", n), Where: l.where(logName(n)),
				Do: "see that the store is still mounted there, and whole", Incurable: true,
			}
		}
	}
	return nil
}

// overtaken says who took over from this process.
func (l *decisionLog) overtaken(ctx context.Context) error {
	e := &FencedError{Job: l.job}
	// The other one is at work: what it sums up it removes, and there is a newer
	// record to begin with.
	for range 3 {
		numbers, err := l.list(ctx)
		if err != nil || len(numbers) == 0 {
			break
		}
		if l.termOf(ctx, numbers[len(numbers)-1], e) {
			break
		}
	}
	return e
}

// termOf fills in who wrote a record, and when the term of it began. It returns
// false if only the former is known.
func (l *decisionLog) termOf(ctx context.Context, newest uint64, e *FencedError) bool {
	for n := newest; n > 0; n-- {
		r, err := l.open(ctx, n)
		if err != nil || n < newest && r.Term != e.Term {
			return false
		}
		e.By, e.At, e.Term = r.By, r.At, r.Term
		switch r.Kind {
		case kindTerm:
			return true
		case kindKept:
			e.At = r.Kept.TermAt
			return true
		}
	}
	return false
}

func readAll(ctx context.Context, store blob.Store, name string) ([]byte, error) {
	r, err := store.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}
