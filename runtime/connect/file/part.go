package file

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// part is one file while it is written.
type part struct {
	name string // without what the sink puts around it
	path string // while it is hidden
	file *os.File
	buf  *bufio.Writer
	zip  io.WriteCloser // writes into the part; nil: not compressed
	size int64          // of the file so far; a compressor holds some back
}

// newPart makes a file that must not exist.
func newPart(name, path, compression string) (*part, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	p := &part{name: name, path: path, file: f, buf: bufio.NewWriterSize(f, 64<<10)}
	switch compression {
	case gz:
		p.zip = gzip.NewWriter(p)
	case zstandard:
		// One goroutine, this one. The option is valid, so there is no error.
		p.zip, _ = zstd.NewWriter(p, zstd.WithEncoderConcurrency(1))
	}
	return p, nil
}

// write writes lines.
func (p *part) write(lines []byte) error {
	if p.zip != nil {
		_, err := p.zip.Write(lines)
		return err
	}
	_, err := p.Write(lines)
	return err
}

// Write takes what goes to disk.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.buf.Write(b)
	p.size += int64(n)
	return n, err
}

// finish completes the file and syncs it.
func (p *part) finish() error {
	if p.zip != nil {
		if err := p.zip.Close(); err != nil {
			return err
		}
	}
	if err := p.buf.Flush(); err != nil {
		return err
	}
	if err := p.file.Sync(); err != nil {
		return err
	}
	return p.file.Close()
}

// abandon removes a file that gets no name.
func (p *part) abandon() error {
	if err := p.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	if err := os.Remove(p.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
