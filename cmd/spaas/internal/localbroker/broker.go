// Package localbroker is the Kafka broker inside `spaas run`: one process, one
// address on loopback, nothing to install. It speaks Kafka's protocol, so a job
// connects to it as to any other, and so does every Kafka tool.
//
// What it holds is kept in a folder: topics, their ids, records and offsets are
// the same when it is opened again, also after the process was killed. It ends
// with the process that opened it.
package localbroker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/spaas/spaas/pkg/fault"
)

// MaxRecord is the size in bytes of a batch of records, and so of a record,
// above which the broker refuses it: what a Kafka broker accepts unless it was
// set up for more.
const MaxRecord = 1 << 20

// Broker is an open broker.
type Broker struct {
	cluster *kfake.Cluster
	client  *kgo.Client
	admin   *kadm.Client
	addr    string
}

// Open starts a broker with what dir holds; the folder is made when it is
// missing. Only one process may have it open. What the broker has to say about
// itself, failures to write its folder mostly, goes to log.
func Open(dir string, log io.Writer) (*Broker, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &fault.Error{What: "the embedded broker cannot keep its topics", Err: err}
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.ClusterID("spaas-local"),
		kfake.DataDir(dir),
		// A record that was acknowledged is on disk: a checkpoint may rely on it.
		kfake.SyncWrites(),
		kfake.WithLogger(kfake.BasicLogger(log, kfake.LogLevelWarn)),
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes": fmt.Sprint(MaxRecord),
		}),
	)
	if err != nil {
		if _, kept := os.Stat(filepath.Join(dir, "meta.json")); errors.Is(kept, fs.ErrNotExist) {
			return nil, &fault.Error{What: "the embedded broker cannot start", Err: err}
		}
		return nil, &fault.Error{What: "the embedded broker cannot read what it kept", Where: dir, Err: err,
			Do: "spaas run --fresh starts over"}
	}
	addr := cluster.ListenAddrs()[0]
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ClientID("spaas"))
	if err != nil {
		cluster.Close()
		return nil, fmt.Errorf("the client of the embedded broker: %w", err)
	}
	return &Broker{cluster: cluster, client: client, admin: kadm.NewClient(client), addr: addr}, nil
}

// Addr is where it listens: host:port, another one each time it is opened.
func (b *Broker) Addr() string { return b.addr }

// Close stops the broker once everything is in its folder. It may be called
// more than once.
func (b *Broker) Close() {
	b.client.Close()
	b.cluster.Close()
}

// Topic is a topic that should exist.
type Topic struct {
	Name       string
	Partitions int
}

// Ensure creates the topics that are missing, and adds partitions to those that
// have fewer than asked for. It never takes any away. Records are kept for ever,
// because their timestamps are event times: those of an old file would be too
// old to keep as soon as they are written.
func (b *Broker) Ensure(ctx context.Context, topics []Topic) error {
	have, err := b.partitions(ctx)
	if err != nil {
		return fmt.Errorf("listing the topics of the embedded broker: %w", err)
	}
	forever := "-1"
	for _, t := range topics {
		var err error
		switch has := have[t.Name]; {
		case has == 0:
			_, err = b.admin.CreateTopic(ctx, int32(t.Partitions), 1, map[string]*string{"retention.ms": &forever}, t.Name)
		case has < t.Partitions:
			var grown kadm.CreatePartitionsResponses
			if grown, err = b.admin.UpdatePartitions(ctx, t.Partitions, t.Name); err == nil {
				err = grown.Error()
			}
		}
		if err != nil {
			return &fault.Error{What: fmt.Sprintf("the embedded broker cannot create the topic %q", t.Name), Err: err}
		}
		have[t.Name] = max(have[t.Name], t.Partitions) // two sources may name one topic
	}
	return nil
}

// partitions counts the partitions of every topic, as of now: clients answer
// from what they knew some seconds ago.
func (b *Broker) partitions(ctx context.Context) (map[string]int, error) {
	answer, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, b.client)
	if err != nil {
		return nil, err
	}
	have := make(map[string]int, len(answer.Topics))
	for _, t := range answer.Topics {
		have[*t.Topic] = len(t.Partitions)
	}
	return have, nil
}
