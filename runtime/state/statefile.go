package state

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A state file holds the rows of one subtask of an operator at a barrier:
//
//	magic    8 bytes  "spaasrow"
//	version  4 bytes  1, least significant byte first
//	groups   4 bytes  key groups of the job, likewise
//	blocks            any number of
//	  state  varint   place in the list of states of the manifest, from 1
//	  start  zigzag   window start, nanoseconds since 1970
//	  group  varint   key group of all rows of the block
//	  rows   varint   how many, at least 1
//	  size   varint   bytes of the rows
//	  rows            each the key, then the value, as Avro of the manifest's schemas
//	end      varint   0
//	rows     varint   of all blocks
//
// A varint has 7 bits a byte, the lowest first, and the high bit set on all but
// the last byte. Blocks of a window and key group may be many and come in any
// order. No key is twice in a window of a state. The manifest has the size and
// the SHA-256 of the file.
const (
	fileMagic   = "spaasrow"
	fileVersion = 1
	headerSize  = len(fileMagic) + 8
)

func appendHeader(dst []byte, groups int) []byte {
	dst = append(dst, fileMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, fileVersion)
	return binary.LittleEndian.AppendUint32(dst, uint32(groups))
}

const (
	// Rows wait in memory for their block to fill. That takes bufferBytes in
	// all, so that blocks are small where key groups are many.
	bufferBytes  = 4 << 20
	largestBlock = 64 << 10
	leastBlock   = 512
)

// blocks deals encoded rows of one pane after the other into blocks.
type blocks struct {
	to    io.Writer
	rows  int64 // written so far
	state int   // number of the state

	groups, from int
	limit        int     // bytes of a block that is full
	open         []block // by key group, from the first that the subtask owns
	head         []byte
}

type block struct {
	data []byte
	rows int
}

func newBlocks(w io.Writer, groups, from, to int) *blocks {
	limit := min(max(bufferBytes/max(to-from, 1), leastBlock), largestBlock)
	return &blocks{to: w, groups: groups, from: from, limit: limit, open: make([]block, to-from)}
}

// of returns the block that a row with this hash belongs into.
func (b *blocks) of(h uint64) (*block, error) {
	g := KeyGroup(h, b.groups) - b.from
	if uint(g) >= uint(len(b.open)) {
		return nil, fmt.Errorf("a row of key group %d in a subtask of [%d, %d): the key was not hashed by HashOf, or was sent astray", g+b.from, b.from, b.from+len(b.open))
	}
	return &b.open[g], nil
}

// flush writes a block of a pane.
func (b *blocks) flush(start int64, o *block, group int) error {
	b.head = binary.AppendUvarint(b.head[:0], uint64(b.state)+1)
	b.head = binary.AppendVarint(b.head, start)
	b.head = binary.AppendUvarint(b.head, uint64(group))
	b.head = binary.AppendUvarint(b.head, uint64(o.rows))
	b.head = binary.AppendUvarint(b.head, uint64(len(o.data)))
	if _, err := b.to.Write(b.head); err != nil {
		return err
	}
	if _, err := b.to.Write(o.data); err != nil {
		return err
	}
	b.rows += int64(o.rows)
	o.data, o.rows = o.data[:0], 0
	return nil
}

// flushAll writes what is left of a pane.
func (b *blocks) flushAll(start int64) error {
	for i := range b.open {
		if o := &b.open[i]; o.rows > 0 {
			if err := b.flush(start, o, b.from+i); err != nil {
				return err
			}
		}
	}
	return nil
}

// end writes the end of the file.
func (b *blocks) end() error {
	_, err := b.to.Write(binary.AppendUvarint([]byte{0}, uint64(b.rows)))
	return err
}
