package file

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The compressions, as the config names them.
const (
	auto        = "auto"
	none        = "none"
	gz          = "gz"
	zstandard   = "zstd"
	windowLimit = 128 << 20 // of a zstd frame, as the command zstd has it
)

var (
	gzMagic   = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// checkCompression says whether a config names one of some compressions, or none.
func checkCompression(name string, names ...string) error {
	if name == "" || slices.Contains(names, name) {
		return nil
	}
	return unknown("compression", name, names...)
}

// compressionOf is how a file is compressed: by its first bytes, if the config
// leaves that open. An empty file is not.
func compressionOf(raw *io.SectionReader, configured string) (string, error) {
	head := make([]byte, len(zstdMagic))
	n, err := raw.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	switch head = head[:n]; {
	case n == 0:
		return none, nil
	case configured != auto && configured != "":
		return configured, nil
	case bytes.HasPrefix(head, gzMagic):
		return gz, nil
	case bytes.HasPrefix(head, zstdMagic):
		return zstandard, nil
	}
	return none, nil
}

// decompress reads what a file holds uncompressed. Members and frames that
// follow each other are one text.
func decompress(raw io.Reader, compression string) (io.ReadCloser, error) {
	switch compression {
	case gz:
		r, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("not a gz file: %w", err)
		}
		return r, nil
	case zstandard:
		// One goroutine, this one: a subtask reads one file.
		r, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowLimit))
		if err != nil {
			return nil, fmt.Errorf("not a zstd file: %w", err)
		}
		return r.IOReadCloser(), nil
	}
	return io.NopCloser(raw), nil
}
