package feed

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spaas/spaas/pkg/fault"
)

// Ledger is what was fed into the topics of one cluster so far, kept in a file.
type Ledger struct {
	path string

	API     int      `json:"api"`
	Entries []*entry `json:"entries"`
}

// entry is how far one file was fed into one topic.
type entry struct {
	Topic string `json:"topic"`
	File  string `json:"file"` // its absolute path
	// Stamp tells whether the file may have changed.
	Stamp string `json:"stamp"`
	// Records is how many of its records are in the topic, SHA256 their sum.
	Records int64  `json:"records"`
	SHA256  string `json:"sha256"`
	// Open is the part that was being fed when this was written.
	Open *part `json:"open,omitempty"`
}

// part is a run of a file's records, dealt to the partitions in turn.
type part struct {
	From int64   `json:"from"` // its first record in the file
	Sent []int64 `json:"sent"` // how many each partition has for certain
	// Base is where each partition ended when feeding went on, written before a
	// record is sent: what the partition has grown by since is of this part, and
	// so whoever comes after a crash learns from the topic how far it came. Only
	// one part of a topic has a base.
	Base []int64 `json:"base,omitempty"`
}

// settle moves what partitions have grown by to what they have for certain.
func (p *part) settle(ends []int64) {
	for partition, base := range p.Base {
		p.Sent[partition] += ends[partition] - base
	}
	p.Base = nil
}

// place is the partition of a record of the file, and whether it is there.
func (p *part) place(record int64) (partition int32, sent bool) {
	nth, partitions := record-p.From, int64(len(p.Sent))
	partition = int32(nth % partitions)
	return partition, nth/partitions < p.Sent[partition]
}

const ledgerAPI = 1

// OpenLedger reads a ledger; one that is not there is empty.
func OpenLedger(path string) (*Ledger, error) {
	l := &Ledger{path: path, API: ledgerAPI}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(data, l)
	}
	if err == nil && l.API != ledgerAPI {
		err = errors.New("it is of another version of spaas")
	}
	if err != nil {
		return nil, &fault.Error{What: "what was fed so far cannot be read", Where: path, Err: err, Do: startOver}
	}
	return l, nil
}

// Has reports whether the topic has all of a file.
func (l *Ledger) Has(topic string, file File) bool {
	e := l.entry(topic, file.Path)
	return e.Open == nil && e.Stamp == file.Stamp
}

// entry finds or makes the entry of a file and topic.
func (l *Ledger) entry(topic, file string) *entry {
	for _, e := range l.Entries {
		if e.Topic == topic && e.File == file {
			return e
		}
	}
	e := &entry{Topic: topic, File: file}
	l.Entries = append(l.Entries, e)
	return e
}

// begin notes that a part of e is being fed from now on, into partitions that
// end at ends.
func (l *Ledger) begin(e *entry, from int64, stamp string, ends []int64) error {
	for _, other := range l.Entries {
		if other.Topic == e.Topic && other.Open != nil {
			other.Open.settle(ends)
		}
	}
	if e.Open == nil {
		e.Open = &part{From: from, Sent: make([]int64, len(ends))}
	}
	e.Open.Base, e.Stamp = ends[:len(e.Open.Sent)], stamp
	return l.save()
}

// save replaces the file. It is on disk before what it announces is done.
func (l *Ledger) save() error {
	data, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(l.path), ".fed-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), l.path)
}
