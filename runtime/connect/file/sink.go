package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// defaultRollSize is the size at which a part ends, of a config that says none.
const defaultRollSize = 128 << 20

// sink writes part files into a folder.
type sink struct {
	env      connect.Env
	config   config.FileSink
	dir      string
	suffix   string // of the names of parts: ".ndjson.gz"
	rollSize int64
}

func newSink(c connect.SinkConfig) (connect.Sink, error) {
	s := &sink{env: c.Env, rollSize: defaultRollSize}
	if c.Sink.File != nil {
		s.config = *c.Sink.File
	}
	if s.config.RollSize > 0 {
		s.rollSize = int64(s.config.RollSize)
	}
	var faults fault.List
	if s.config.Path == "" {
		faults = append(faults, s.incurable("no path", "name a folder", nil))
	}
	f, err := framingOf(s.config.Format)
	if err != nil {
		faults = append(faults, s.incurable("its format", "", err))
	}
	if err := checkCompression(s.config.Compression, none, gz, zstandard); err != nil {
		faults = append(faults, s.incurable("its compression", "", err))
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	s.dir = resolve(s.env, s.config.Path)
	s.suffix = f.extension + map[string]string{gz: ".gz", zstandard: ".zst"}[s.config.Compression]
	return s, nil
}

// incurable is a fault of this sink that no restart cures.
func (s *sink) incurable(what, do string, cause error) error {
	return &fault.Error{What: fmt.Sprintf("file sink %q: %s", s.env.Name, what), Do: do, Err: cause, Incurable: true}
}

// unwritable is the fault of a folder or file that cannot be written. A full
// disk may be emptied while the job starts over; a folder that is forbidden
// stays so until somebody does something about it.
func (s *sink) unwritable(path string, cause error) error {
	f := &fault.Error{What: fmt.Sprintf("file sink %q cannot be written", s.env.Name), Where: path, Err: cause}
	for _, lasting := range []error{fs.ErrPermission, syscall.EROFS, syscall.ENOTDIR} {
		if errors.Is(cause, lasting) {
			f.Do, f.Incurable = "name a folder that the user of the job may write", true
		}
	}
	return f
}

// Delivery implements connect.Sink.
func (s *sink) Delivery() connect.Delivery { return connect.AtLeastOnce }

// Recover implements connect.Sink: parts that earlier generations of this job
// left without a name hold what is written again.
func (s *sink) Recover(context.Context, []connect.Committable) error {
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return s.unwritable(s.dir, err)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return s.unwritable(s.dir, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), s.hidden()) {
			path := filepath.Join(s.dir, e.Name())
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				return s.unwritable(path, err)
			}
		}
	}
	// A folder that cannot be written is found out now, not at the first checkpoint.
	probe, err := os.CreateTemp(s.dir, s.hidden()+"probe-*")
	if err != nil {
		return s.unwritable(s.dir, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// hidden begins the names of this sink's parts while they are written. It says
// whose they are, because several jobs and sinks may write one folder; no name
// has a dot in it.
func (s *sink) hidden() string {
	return fmt.Sprintf(".spaas.%s.%s.%s.", s.env.Namespace, s.env.Job, s.env.Name)
}

// Open implements connect.Sink.
func (s *sink) Open(_ context.Context, task connect.Task) (connect.Writer, error) {
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return nil, s.unwritable(s.dir, err)
	}
	return &writer{sink: s, task: task}, nil
}

// Commit implements connect.Sink: parts have their names since the pre-commit.
func (s *sink) Commit(context.Context, uint64, []connect.Committable) error { return nil }
