package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/registry"
)

// File is a file to be fed.
type File struct {
	Path  string // absolute
	Stamp string // differs when the file was written since
	// Records reads the file from its beginning. A record is not changed after.
	Records func(context.Context) iter.Seq2[[]byte, error]
}

// Files are the files of a path, which may be a file, a folder or a glob, in
// the order of their names. They are read as the file connector reads them, so a
// job sees the same records of a file whether it is fed or read. The columns
// that a CSV file names in its first line are no record: those of a topic are in
// the order of the fields that they are read into.
func Files(ctx context.Context, path, format string) ([]File, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	connector, err := registry.Get("file")
	if err != nil {
		return nil, err
	}
	source, err := connector.Source(connect.SourceConfig{
		Env:    connect.Env{Name: filepath.Base(path), Log: slog.New(slog.DiscardHandler)},
		Source: config.Source{Connector: "file", File: &config.FileSource{Path: path, Format: format, Compression: "auto"}},
	})
	if err != nil {
		return nil, err
	}
	splits, err := source.Discover(ctx, connect.FirstStart)
	if err != nil {
		return nil, err
	}
	files := make([]File, len(splits))
	for i, split := range splits {
		info, err := os.Stat(split.ID)
		if err != nil {
			return nil, err
		}
		files[i] = File{
			Path:    split.ID,
			Stamp:   fmt.Sprintf("%d bytes, %s", info.Size(), info.ModTime().UTC().Format("2006-01-02T15:04:05.000000000Z")),
			Records: func(ctx context.Context) iter.Seq2[[]byte, error] { return records(ctx, source, split) },
		}
	}
	return files, nil
}

// records reads a split from its beginning to its end.
func records(ctx context.Context, source connect.Source, split connect.Split) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		reader, err := source.Open(ctx, 0)
		if err != nil {
			yield(nil, err)
			return
		}
		defer reader.Close()
		if err := reader.Assign(ctx, []connect.Split{split}); err != nil {
			yield(nil, err)
			return
		}
		for {
			var fetch connect.Fetch
			err := reader.Poll(ctx, &fetch)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range fetch.Records {
				if !yield(r.Value, nil) {
					return
				}
			}
			if fetch.Ended {
				return
			}
		}
	}
}
