package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Sizes of reading. Variables only for tests.
var (
	// blockSize is how much of a file is read at once. Records are views of
	// blocks, and one that is kept keeps its block.
	blockSize = 64 << 10
	// maxRecord is the size of the largest record.
	maxRecord = 64 << 20
)

// byteOrderMark may stand at the beginning of a text, and is no part of it.
var byteOrderMark = []byte("\ufeff")

var (
	errTooLong = fmt.Errorf("a record is longer than %d MiB", maxRecord>>20)
	errShorter = errors.New("the file is shorter than it was")
)

// stream reads the records of one file in order.
type stream struct {
	framing framing
	file    *os.File
	raw     *io.SectionReader
	plain   io.ReadCloser // raw, uncompressed
	isPlain bool          // raw is the text itself
	header  []byte        // names of the columns

	// Blocks are never written again: their records are handed out as views.
	block   []byte
	from    int   // of the first record that was not taken
	checked int   // bytes from there on that were searched for an end in vain
	next    int64 // position of block[from] in the text
	skip    int64 // bytes of the text between the block and what is read next
	ended   bool  // the text ends with the block
}

// openStream reads a file from a position in its text on. The first bytes of
// the text are read, and with them the header. The stream closes the file.
func openStream(file *os.File, size int64, compression string, f framing, next int64) (*stream, error) {
	// What is appended from now on is no part of it, so that the end is the same
	// whenever the file is read.
	s := &stream{framing: f, file: file, raw: io.NewSectionReader(file, 0, size)}
	if err := s.begin(compression, next); err != nil {
		s.close() // a reader that failed says so again
		return nil, err
	}
	return s, nil
}

func (s *stream) begin(compression string, next int64) error {
	compression, err := compressionOf(s.raw, compression)
	if err != nil {
		return err
	}
	s.isPlain = compression == none
	if s.plain, err = decompress(s.raw, compression); err != nil {
		return err
	}
	if next == 0 || s.framing.header {
		if err := s.fill(context.Background()); err != nil {
			return err
		}
		if bytes.HasPrefix(s.block, byteOrderMark) {
			s.from = len(byteOrderMark)
			s.next = int64(s.from)
		}
	}
	if s.framing.header {
		for ok := false; !ok && !s.done(); {
			if s.header, _, ok = s.take(); !ok && !s.done() {
				if err := s.fill(context.Background()); err != nil {
					return err
				}
			}
		}
	}
	return s.seek(next)
}

// seek goes forward to a position.
func (s *stream) seek(next int64) error {
	switch ahead := next - s.next; {
	case ahead <= 0:
	case ahead <= int64(len(s.block)-s.from):
		s.from += int(ahead)
		s.next = next
	case s.isPlain:
		if _, err := s.raw.Seek(next, io.SeekStart); err != nil {
			return err
		}
		s.block, s.from, s.next = nil, 0, next
	default:
		s.skip = ahead - int64(len(s.block)-s.from)
		s.block, s.from, s.next = nil, 0, next
	}
	return nil
}

func (s *stream) close() error {
	var err error
	if s.plain != nil {
		err = s.plain.Close()
	}
	return errors.Join(err, s.file.Close())
}

// done says that every record was taken.
func (s *stream) done() bool { return s.ended && s.from == len(s.block) }

// take takes the next record that lies in the block as a whole, and returns
// its position. It is a view of the block.
func (s *stream) take() (record []byte, at int64, ok bool) {
	for {
		b := s.block[s.from:]
		end := s.framing.end(b, s.checked)
		if end < 0 {
			s.checked = len(b)
			if !s.ended || len(b) == 0 {
				return nil, 0, false
			}
			end = len(b) // a last line without an end
		}
		record, at = content(b[:end]), s.next
		s.from += end
		s.next += int64(end)
		s.checked = 0
		if !s.framing.blank(record) {
			return record, at, true
		}
	}
}

// fill reads a new block that begins with the record that was not whole.
func (s *stream) fill(ctx context.Context) error {
	for s.skip > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(io.Discard, s.plain, min(s.skip, 1<<20))
		s.skip -= n
		if err == io.EOF {
			return errShorter
		} else if err != nil {
			return err
		}
	}
	rest := s.block[s.from:]
	if len(rest) > maxRecord {
		return errTooLong
	}
	// Twice the size of what was not enough, so that a long record is not copied
	// over and over.
	block := make([]byte, min(max(blockSize, 2*len(rest)), maxRecord+blockSize))
	n := copy(block, rest)
	for n < len(block) && !s.ended {
		m, err := s.plain.Read(block[n:])
		n += m
		if err == io.EOF {
			s.ended = true
		} else if err != nil {
			return err
		}
	}
	s.block, s.from = block[:n], 0
	if s.ended && s.isPlain && s.next+int64(n) != s.raw.Size() {
		return errShorter
	}
	return nil
}
