package file

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"sync"

	"github.com/spaas/spaas/runtime/connect"
)

// noLimit is the limit of a split that is read to its end.
const noLimit = -1

var errClosed = errors.New("the file reader is closed")

// reader reads the files of one subtask, one after the other.
type reader struct {
	source *source

	mu     sync.Mutex // a Close waits for a Poll, which reads no more than a block or two
	closed bool
	splits []*reading // that have not ended, by name
	stream *stream    // of the first of them; nil: not yet
	header bool       // the stream's header was handed out
}

// reading is a split that is being read.
type reading struct {
	connect.Split
	limit int64
}

// Assign implements connect.Reader.
func (r *reader) Assign(_ context.Context, splits []connect.Split) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.splits
	if r.stream != nil {
		waiting = r.splits[1:] // the first is under way
	}
	for _, split := range splits {
		if split.Ended {
			continue
		}
		path := resolve(r.source.env, split.ID)
		identity, err := identify(path)
		if err != nil {
			return unreadable(path, err)
		}
		if err := r.same(split, identity); err != nil {
			return err
		}
		waiting = append(waiting, &reading{Split: split, limit: noLimit})
	}
	slices.SortFunc(waiting, func(a, b *reading) int { return cmp.Compare(a.ID, b.ID) })
	if r.stream != nil {
		waiting = append(r.splits[:1:1], waiting...)
	}
	r.splits = waiting
	return nil
}

// same refuses a file that is another one than the split was made of.
func (r *reader) same(split connect.Split, identity map[string]string) error {
	if how := difference(split.Identity, identity); how != "" {
		return lasting("the file has changed since the job first read it", split.ID,
			"put the file back; or start over to read it anew", errors.New(how))
	}
	return nil
}

// SetLimits implements connect.Reader.
func (r *reader) SetLimits(limits map[string]int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.splits {
		if at, ok := limits[s.ID]; ok {
			s.limit = at
		}
	}
	return nil
}

// Poll implements connect.Reader: what it brings are the records of one block.
func (r *reader) Poll(ctx context.Context, f *connect.Fetch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch {
		case r.closed:
			return errClosed
		case ctx.Err() != nil:
			return ctx.Err()
		case len(r.splits) == 0:
			return io.EOF
		}
		split := r.splits[0]
		if r.stream == nil {
			if err := r.open(split); err != nil {
				return err
			}
		}
		ended := r.take(split, f)
		if len(f.Records) > 0 || ended {
			return r.report(split, f, ended)
		}
		switch err := r.stream.fill(ctx); {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			return r.failed(split, r.stream.next, err)
		}
	}
}

// open opens the file of a split, if it is still the same.
func (r *reader) open(split *reading) error {
	path := resolve(r.source.env, split.ID)
	file, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	identity, err := identityOf(file)
	if err != nil {
		return errors.Join(unreadable(path, err), file.Close())
	}
	if err := r.same(split.Split, identity); err != nil {
		return errors.Join(err, file.Close())
	}
	size, err := strconv.ParseInt(identity[identitySize], 10, 64)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	s, err := openStream(file, size, r.source.config.Compression, r.source.framing, split.Next)
	if err != nil {
		return r.failed(split, split.Next, err)
	}
	r.stream, r.header = s, false
	return nil
}

// take adds the records that lie in the block, and says whether the split ends.
func (r *reader) take(split *reading, f *connect.Fetch) (ended bool) {
	for {
		if split.limit != noLimit && r.stream.next >= split.limit {
			return true
		}
		record, at, ok := r.stream.take()
		switch {
		case !ok:
			return r.stream.done()
		case split.limit != noLimit && at >= split.limit: // behind blank lines
			return true
		}
		f.Records = append(f.Records, connect.Record{Value: record, Offset: at})
	}
}

// report fills in what a fetch says beside its records.
func (r *reader) report(split *reading, f *connect.Fetch, ended bool) error {
	split.Next = r.stream.next
	f.Split, f.Next, f.Ended, f.Lag = split.ID, split.Next, ended, -1
	if !r.header {
		f.Header, r.header = r.stream.header, true
	}
	if !ended {
		return nil
	}
	err := r.stream.close()
	r.stream, r.splits = nil, r.splits[1:]
	if err != nil {
		return fmt.Errorf("%s: %w", split.ID, err)
	}
	return nil
}

// failed says where a file cannot be read on. What the system refuses may pass;
// what is wrong with the file stays.
func (r *reader) failed(split *reading, at int64, err error) error {
	where := fmt.Sprintf("%s@%d", split.ID, at)
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return unreadable(where, err)
	}
	do := "replace the file by a whole one, and start over"
	switch {
	case errors.Is(err, errTooLong) && r.source.framing.multiline:
		do = "close the quote that is open there"
	case errors.Is(err, errTooLong):
		do = "check that the file has one record a line"
	}
	return lasting("the file cannot be read", where, do, err)
}

// Close implements connect.Reader.
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.stream == nil {
		return nil
	}
	s := r.stream
	r.stream = nil
	return s.close()
}
