package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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
		faults = append(faults, refused("path", "name a folder", errors.New("is missing")))
	}
	f, err := framingOf(s.config.Format)
	if err != nil {
		faults = append(faults, refused("format", "", err))
	}
	if err := checkCompression(s.config.Compression, none, gz, zstandard); err != nil {
		faults = append(faults, refused("compression", "", err))
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	s.dir = resolve(s.env, s.config.Path)
	s.suffix = f.extension + map[string]string{gz: ".gz", zstandard: ".zst"}[s.config.Compression]
	return s, nil
}

// Delivery implements connect.Sink.
func (s *sink) Delivery() connect.Delivery { return connect.ExactlyOnce }

// deployment is whose parts these are.
func (s *sink) deployment() string { return s.env.Namespace + "/" + s.env.Job }

// Recover implements connect.Sink: hidden parts of earlier generations that no
// decided checkpoint has hold what is written again.
func (s *sink) Recover(_ context.Context, generation uint64, keep []connect.Committable) error {
	kept := map[string]bool{}
	for _, c := range keep {
		parts, err := s.stagedOf(c)
		if err != nil {
			return err
		}
		for _, part := range parts.Parts {
			kept[parts.hidden(s, part)] = true
		}
	}
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return unwritable(s.dir, err)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return unwritable(s.dir, err)
	}
	for _, e := range entries {
		part, ours := strings.CutPrefix(e.Name(), s.hidden())
		if path := filepath.Join(s.dir, e.Name()); ours && !kept[path] && generationOf(part) < generation {
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				return unwritable(path, err)
			}
		}
	}
	// A folder that cannot be written is found out now, not at the first checkpoint.
	probe, err := os.CreateTemp(s.dir, s.hidden()+"probe-*")
	if err != nil {
		return unwritable(s.dir, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// generationOf is the generation that wrote a part; 0 of what is no part.
func generationOf(part string) (generation uint64) {
	_, _ = fmt.Sscanf(part, "g%d-", &generation)
	return generation
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
		return nil, unwritable(s.dir, err)
	}
	return &writer{sink: s, task: task}, nil
}
