package state

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// stateFile is a state file that is read.
type stateFile struct {
	store   blob.Store
	file    checkpoint.File
	subtask *Subtask
	part    checkpoint.OperatorSnapshot
	states  []rowReader // of the part
}

// read reads the rows of the subtask's key groups. Rows are read as they come,
// before it is known that the file is the one that was written. So whatever goes
// wrong with them, the rest is read too, and size and checksum are judged first:
// they say what happened to the file, the rows only how it looks.
func (f *stateFile) read(ctx context.Context) error {
	content, err := f.store.Open(ctx, f.file.Name)
	if errors.Is(err, blob.ErrNotFound) {
		return f.wrong("is missing")
	} else if err != nil {
		return err
	}
	defer content.Close()
	sum := sha256.New()
	in := &source{ctx: ctx, r: io.TeeReader(content, sum)}
	r := bufio.NewReaderSize(in, 256<<10)
	rowsErr := f.rows(r)
	if _, err := io.Copy(io.Discard, r); err != nil && in.err == nil {
		in.err = err
	}
	switch {
	case in.err != nil:
		return fmt.Errorf("%s of %v: %w", f.file.Name, f.store, in.err)
	case in.size < f.file.Size:
		return f.wrong("is truncated: it has %d bytes of %d", in.size, f.file.Size)
	case in.size > f.file.Size:
		return f.wrong("is too long: it has %d bytes instead of %d", in.size, f.file.Size)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.file.SHA256 {
		return f.wrong("was changed: its SHA-256 is %s, not %s", got, f.file.SHA256)
	}
	return rowsErr
}

// wrong is the fault of the file.
func (f *stateFile) wrong(format string, args ...any) error {
	return &fault.Error{
		What:  fmt.Sprintf("a file of the state of operator %q ", f.subtask.operator) + fmt.Sprintf(format, args...),
		Where: fmt.Sprintf("%s of %v", f.file.Name, f.store), Incurable: true,
	}
}

// source is a file's content that remembers how it ended.
type source struct {
	ctx  context.Context
	r    io.Reader
	size int64
	err  error // other than the end
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.Read(p)
	s.size += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// rows reads the file. An error is worth telling only if the file is whole.
func (f *stateFile) rows(r *bufio.Reader) error {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil || string(header[:len(fileMagic)]) != fileMagic {
		return f.wrong("is no state file")
	}
	if version := binary.LittleEndian.Uint32(header[len(fileMagic):]); version != fileVersion {
		return f.wrong("has version %d of the format, this binary reads version %d", version, fileVersion)
	}
	if groups := int(binary.LittleEndian.Uint32(header[len(fileMagic)+4:])); groups != f.subtask.groups {
		return f.wrong("has %d key groups, the job has %d", groups, f.subtask.groups)
	}
	var total uint64
	var data []byte
	for {
		state, err := binary.ReadUvarint(r)
		if err != nil {
			return f.wrong("ends without an end")
		}
		if state == 0 {
			break
		}
		b, err := readBlock(r)
		if err != nil {
			return f.wrong("has a block without a head: %v", err)
		}
		if state > uint64(len(f.states)) || b.group < uint64(f.part.From) || b.group >= uint64(f.part.To) || b.size > uint64(f.file.Size) || b.rows > b.size+1 {
			return f.wrong("has an impossible block: state %d, key group %d, %d rows of %d bytes", state, b.group, b.rows, b.size)
		}
		total += b.rows
		if group := int(b.group); group < f.subtask.from || group >= f.subtask.to {
			if _, err := r.Discard(int(b.size)); err != nil {
				return f.wrong("ends in a block")
			}
			continue
		}
		if data, err = readBytes(r, data[:0], int(b.size)); err != nil {
			return f.wrong("ends in a block")
		}
		if err := f.states[state-1].read(b.start, data, int(b.rows), int(b.group), f.subtask.groups); err != nil {
			return f.wrong("has a row that cannot be read: window start %d, %v", b.start, err)
		}
	}
	if rows, err := binary.ReadUvarint(r); err != nil || rows != total {
		return f.wrong("has %d rows, its end says %d", total, rows)
	}
	if _, err := r.ReadByte(); err != io.EOF {
		return f.wrong("goes on after its end")
	}
	return nil
}

// blockHead is what a block says of itself, after its state.
type blockHead struct {
	start             int64
	group, rows, size uint64
}

func readBlock(r *bufio.Reader) (b blockHead, err error) {
	if b.start, err = binary.ReadVarint(r); err != nil {
		return b, err
	}
	for _, x := range []*uint64{&b.group, &b.rows, &b.size} {
		if *x, err = binary.ReadUvarint(r); err != nil {
			return b, err
		}
	}
	return b, nil
}

// readBytes appends n bytes, as they come: a size that is wrong takes no more
// memory than the file has bytes.
func readBytes(r io.Reader, dst []byte, n int) ([]byte, error) {
	for n > 0 {
		step := min(n, 1<<20)
		at := len(dst)
		dst = append(dst, make([]byte, step)...)
		if _, err := io.ReadFull(r, dst[at:]); err != nil {
			return dst, err
		}
		n -= step
	}
	return dst, nil
}
