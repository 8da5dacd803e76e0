// Package feed puts the records of files into Kafka topics, each once: what was
// fed is remembered, so that a later run goes on where this one ends, however
// it ended. A file that has grown since is fed from there on; one that was
// changed before that is refused, because its records would count twice.
package feed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
)

// startOver is what to do when what was fed and what is there do not agree.
const startOver = "spaas run --fresh starts over"

// Feeder feeds files into topics of one cluster.
type Feeder struct {
	client *kgo.Client
	admin  *kadm.Client
	ledger *Ledger
}

// Options are those that a feeder's client needs to be made with.
func Options(maxRecord int) []kgo.Opt {
	return []kgo.Opt{
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(int32(maxRecord)),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	}
}

// New makes a feeder whose client was made with [Options]. One feeder at a time
// may use a ledger.
func New(client *kgo.Client, ledger *Ledger) *Feeder {
	return &Feeder{client: client, admin: kadm.NewClient(client), ledger: ledger}
}

// Feed sends what a topic does not have yet of a file, the records to its
// partitions in turn, and returns how many of the file's it has sent, and how
// many the topic had before. An error leaves the topic with a beginning of the
// file, and the next Feed goes on.
func (f *Feeder) Feed(ctx context.Context, topic string, file File) (sent, before int64, err error) {
	e := f.ledger.entry(topic, file.Path)
	if f.ledger.Has(topic, file) {
		return 0, e.Records, nil
	}
	if e.Open != nil && e.Stamp != file.Stamp {
		return 0, e.Records, &fault.Error{What: "the file has changed since a run was ended while it was fed", Where: file.Path, Do: startOver}
	}
	p := &pass{Feeder: f, entry: e, file: file, sum: sha256.New()}
	if err := p.run(ctx); err != nil {
		return p.sent, p.already, err
	}
	e.Open, e.Stamp, e.Records, e.SHA256 = nil, file.Stamp, p.seen, hex.EncodeToString(p.sum.Sum(nil))
	return p.sent, p.already, f.ledger.save()
}

// pass is one reading of a file.
type pass struct {
	*Feeder
	entry *entry
	file  File

	sum           hash.Hash // of the records seen
	seen          int64
	begun         bool // something is to be sent
	sent, already int64
}

func (p *pass) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var acks sync.WaitGroup
	for record, err := range p.file.Records(ctx) {
		if err != nil {
			return cause(ctx, err)
		}
		if p.seen == p.entry.Records && p.unlike() {
			return p.changed()
		}
		number := p.seen
		p.count(record)
		if number < p.entry.Records {
			continue
		}
		if !p.begun {
			if err := p.begin(ctx, number); err != nil {
				return err
			}
		}
		partition, sent := p.entry.Open.place(number)
		if sent {
			p.already++
			continue
		}
		acks.Add(1)
		p.client.Produce(ctx, &kgo.Record{Topic: p.entry.Topic, Partition: partition, Value: record}, func(_ *kgo.Record, err error) {
			defer acks.Done()
			if err != nil {
				cancel(p.refused(number, len(record), err))
			}
		})
		p.sent++
	}
	if p.seen < p.entry.Records || p.seen == p.entry.Records && p.unlike() {
		return p.changed()
	}
	p.already += p.entry.Records
	acks.Wait()
	return context.Cause(ctx)
}

// begin notes in the ledger what will be sent.
func (p *pass) begin(ctx context.Context, from int64) error {
	p.begun = true
	ends, err := p.endOf(ctx, p.entry.Topic)
	if err != nil {
		return err
	}
	if err := p.ledger.begin(p.entry, from, p.file.Stamp, ends); err != nil {
		return fmt.Errorf("noting what will be fed: %w", err)
	}
	return nil
}

// endOf is where the partitions of a topic end, by partition.
func (f *Feeder) endOf(ctx context.Context, topic string) ([]int64, error) {
	listed, err := f.admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, &fault.Error{What: fmt.Sprintf("the topic %q cannot be fed", topic), Err: err}
	}
	ends := make([]int64, len(listed[topic]))
	for partition, at := range listed[topic] {
		ends[partition] = at.Offset
	}
	return ends, nil
}

// count adds a record to what was seen.
func (p *pass) count(record []byte) {
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(record)))
	p.sum.Write(size[:])
	p.sum.Write(record)
	p.seen++
}

// unlike reports that the records seen are not those that were fed.
func (p *pass) unlike() bool {
	was, _ := hex.DecodeString(p.entry.SHA256)
	return p.entry.Records > 0 && !bytes.Equal(was, p.sum.Sum(nil))
}

func (p *pass) changed() error {
	return &fault.Error{
		What: fmt.Sprintf("the file has changed since its first %d records were fed", p.entry.Records), Where: p.file.Path,
		Do: startOver + "; lines that were added at its end would be fed",
	}
}

// refused explains a record that the broker did not take.
func (p *pass) refused(number int64, size int, err error) error {
	if errors.Is(err, kerr.MessageTooLarge) {
		return &fault.Error{
			What:  fmt.Sprintf("record %d has %d bytes, more than Kafka takes unless it was set up for more", number+1, size),
			Where: p.file.Path, Do: "take it out: no producer could have sent it",
		}
	}
	return fmt.Errorf("feeding topic %q: %w", p.entry.Topic, err)
}

// cause is why a context ended, if that is why something failed.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
