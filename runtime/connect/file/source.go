package file

import (
	"context"
	"errors"
	"math"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// source reads the files that match a path.
type source struct {
	env     connect.Env
	config  config.FileSource
	framing framing
}

func newSource(c connect.SourceConfig) (connect.Source, error) {
	s := &source{env: c.Env}
	if c.Source.File != nil {
		s.config = *c.Source.File
	}
	var faults fault.List
	if s.config.Path == "" {
		faults = append(faults, refused("path", "name a file, a folder or a glob", errors.New("is missing")))
	}
	var err error
	if s.framing, err = framingOf(s.config.Format); err != nil {
		faults = append(faults, refused("format", "", err))
	}
	if err := checkCompression(s.config.Compression, "auto", "none", "gz", "zstd"); err != nil {
		faults = append(faults, refused("compression", "", err))
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// Bounded implements connect.Source: files are read once.
func (s *source) Bounded() bool { return true }

// Discover implements connect.Source. The end of a file is known when it is
// reached, so that is where a drain stops as well.
func (s *source) Discover(ctx context.Context, why connect.Discovery) ([]connect.Split, error) {
	names, err := s.find()
	if err != nil && (why == connect.FirstStart || !errors.Is(err, errNoFiles)) {
		return nil, err // later, files that were read may be gone
	}
	var splits []connect.Split
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		identity, err := identify(resolve(s.env, name))
		if err != nil {
			return nil, unreadable(resolve(s.env, name), err)
		}
		split := connect.Split{ID: name, Identity: identity}
		if why == connect.Drain {
			split.Next = math.MaxInt64
		}
		splits = append(splits, split)
	}
	return splits, nil
}

// Open implements connect.Source.
func (s *source) Open(context.Context, int) (connect.Reader, error) {
	return &reader{source: s}, nil
}
