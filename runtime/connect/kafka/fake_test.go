package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// deadline bounds every wait. It is never reached in a run that passes.
const deadline = 20 * time.Second

// eager is how often readers look at ends in tests.
const eager = 20 * time.Millisecond

// fixture is a cluster under test, fake or real, seen from outside.
type fixture struct {
	testing.TB
	brokers []string
}

// fake starts a cluster in this process.
func fake(t testing.TB, options ...kfake.Opt) (*fixture, *kfake.Cluster) {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return &fixture{t, cluster.ListenAddrs()}, cluster
}

// client is a client for one thing to do: tests of leaks see none that stays.
func (x *fixture) client(options ...kgo.Opt) *kgo.Client {
	x.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(x.brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(10 * time.Millisecond),
	}, options...)...)
	if err != nil {
		x.Fatal(err)
	}
	return client
}

// admin does one thing as an administrator.
func (x *fixture) admin(act func(context.Context, *kadm.Client) error) {
	x.Helper()
	client := x.client()
	defer client.Close()
	if err := act(x.soon(), kadm.NewClient(client)); err != nil {
		x.Fatal(err)
	}
}

// topic creates a topic.
func (x *fixture) topic(name string, partitions int32) {
	x.Helper()
	x.topicWith(name, partitions, nil)
}

func (x *fixture) topicWith(name string, partitions int32, settings map[string]string) {
	x.Helper()
	configs := map[string]*string{}
	for k, v := range settings {
		configs[k] = &v
	}
	x.admin(func(ctx context.Context, admin *kadm.Client) error {
		_, err := admin.CreateTopic(ctx, partitions, 1, configs, name)
		return err
	})
}

// refused checks an error that a person reads.
func (x *fixture) refused(err error, incurable bool, says ...string) {
	x.Helper()
	if err == nil {
		x.Fatalf("no error, want one that says %q", says)
	}
	if fault.Incurable(err) != incurable {
		x.Errorf("incurable is %v of: %v", !incurable, err)
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			x.Errorf("the error does not say %q: %v", text, err)
		}
	}
}

// grow adds a partition to a topic and waits until brokers know it.
func (x *fixture) grow(topic string) {
	x.Helper()
	partitions := func() (n int) {
		x.admin(func(ctx context.Context, admin *kadm.Client) error {
			topics, err := admin.ListTopics(ctx, topic)
			n = len(topics[topic].Partitions)
			return err
		})
		return n
	}
	before := partitions()
	x.admin(func(ctx context.Context, admin *kadm.Client) error {
		_, err := admin.CreatePartitions(ctx, 1, topic)
		return err
	})
	eventually(x, "the new partition is known", func() bool { return partitions() > before })
}

// recreate deletes a topic and creates another of the same name.
func (x *fixture) recreate(topic string, partitions int32) {
	x.Helper()
	x.admin(func(ctx context.Context, admin *kadm.Client) error {
		if _, err := admin.DeleteTopic(ctx, topic); err != nil {
			return err
		}
		eventually(x, "the old topic is gone", func() bool {
			_, err := admin.CreateTopic(ctx, partitions, 1, nil, topic)
			return err == nil
		})
		return nil
	})
}

// deleteBefore deletes the records below an offset.
func (x *fixture) deleteBefore(topic string, partition int32, offset int64) {
	x.Helper()
	x.admin(func(ctx context.Context, admin *kadm.Client) error {
		var below kadm.Offsets
		below.AddOffset(topic, partition, offset, -1)
		_, err := admin.DeleteRecords(ctx, below)
		return err
	})
}

// produce adds records to a partition, one batch.
func (x *fixture) produce(topic string, partition int32, values ...string) {
	x.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Topic: topic, Partition: partition, Key: []byte("k"), Value: []byte(v),
			Headers: []kgo.RecordHeader{{Key: "h", Value: []byte(v)}}})
	}
	x.send(records...)
}

func (x *fixture) send(records ...*kgo.Record) {
	x.Helper()
	client := x.client(kgo.ProducerBatchMaxBytes(64<<20), kgo.BrokerMaxWriteBytes(100<<20), kgo.UnknownTopicRetries(-1))
	defer client.Close()
	if err := client.ProduceSync(x.soon(), records...).FirstErr(); err != nil {
		x.Fatal(err)
	}
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(deadline); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", deadline, what)
		}
	}
}

// soon is a context for a call that must not hang.
func (x *fixture) soon() context.Context {
	ctx, cancel := context.WithTimeout(x.Context(), deadline)
	x.Cleanup(cancel)
	return ctx
}

// consume reads a whole topic, partition by partition, as its readers see it.
func (x *fixture) consume(topic string) (records []*kgo.Record) {
	x.Helper()
	var ends kadm.ListedOffsets
	x.admin(func(ctx context.Context, admin *kadm.Client) (err error) {
		ends, err = admin.ListEndOffsets(ctx, topic)
		return err
	})
	from, left := map[int32]kgo.Offset{}, map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			from[o.Partition], left[o.Partition] = kgo.NewOffset().AtStart(), o.Offset
		}
	})
	client := x.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.KeepControlRecords())
	defer client.Close()
	for ctx := x.soon(); len(left) > 0; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			x.Fatalf("%v; still to come: %v", err, left)
		}
		for r := range fetches.RecordsAll() {
			if !r.Attrs.IsControl() {
				records = append(records, r)
			}
			if r.Offset+1 == left[r.Partition] {
				delete(left, r.Partition)
			}
		}
	}
	return records
}

// env is what connectors of tests are given.
func env(name string) connect.Env {
	return connect.Env{Job: "test", Name: name, Log: slog.New(slog.DiscardHandler), Now: time.Now, Secrets: config.NewSecrets(func(string) (string, bool) { return "", false }, "", func(string) {})}
}

// source makes a source that looks often.
func (x *fixture) source(block config.KafkaSource) *source {
	x.Helper()
	block.Brokers = x.brokers
	s, err := newSource(connect.SourceConfig{Env: env("in"), Source: config.Source{Connector: "kafka", Kafka: &block}})
	if err != nil {
		x.Fatal(err)
	}
	made := s.(*source)
	made.every = eager
	return made
}

// sink makes a sink.
func (x *fixture) sink(topic string) *sink {
	x.Helper()
	s, err := newSink(connect.SinkConfig{Env: env("out"), Sink: config.Sink{Connector: "kafka", Kafka: &config.KafkaSink{Brokers: x.brokers, Topic: topic}}})
	if err != nil {
		x.Fatal(err)
	}
	return s.(*sink)
}

// numbers are n values.
func numbers(from, n int) (values []string) {
	for i := range n {
		values = append(values, fmt.Sprint(from+i))
	}
	return values
}

// reading is a reader with what it has brought.
type reading struct {
	*fixture
	*reader
	splits map[string]connect.Split
	values map[string][]string
	idle   map[string]bool
	ended  map[string]bool
}

// open starts reading splits.
func (x *fixture) open(s *source, splits ...connect.Split) *reading {
	x.Helper()
	r := x.opened(s)
	if err := r.Assign(x.soon(), splits); err != nil {
		x.Fatal(err)
	}
	for _, split := range splits {
		r.splits[split.ID] = split
	}
	return r
}

// opened is a reader without splits.
func (x *fixture) opened(s *source) *reading {
	x.Helper()
	opened, err := s.Open(x.soon(), 0)
	if err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() { opened.Close() })
	return &reading{x, opened.(*reader), map[string]connect.Split{}, map[string][]string{}, map[string]bool{}, map[string]bool{}}
}

// discover finds the splits.
func (x *fixture) discover(s *source, why connect.Discovery) []connect.Split {
	x.Helper()
	splits, err := s.Discover(x.soon(), why)
	if err != nil {
		x.Fatal(err)
	}
	return splits
}

// poll takes one fetch; its splits are then as a checkpoint would store them.
func (r *reading) poll(ctx context.Context) (connect.Fetch, error) {
	var f connect.Fetch
	if err := r.reader.Poll(ctx, &f); err != nil {
		return f, err
	}
	s := r.splits[f.Split]
	s.Next = f.Next
	if f.Identity != nil {
		s.Identity = f.Identity
	}
	r.splits[f.Split] = s
	for _, record := range f.Records {
		r.values[f.Split] = append(r.values[f.Split], string(record.Value))
	}
	r.idle[f.Split], r.ended[f.Split] = f.Idle, f.Ended
	return f, nil
}

// until polls until a condition holds.
func (r *reading) until(what string, holds func() bool) {
	r.fixture.Helper()
	for ctx := r.soon(); !holds(); {
		if _, err := r.poll(ctx); err != nil {
			r.Fatalf("%v before: %s; so far %v", err, what, r.values)
		}
	}
}

// reads polls until a split has brought exactly these.
func (r *reading) reads(split string, want ...string) {
	r.fixture.Helper()
	r.until(fmt.Sprintf("%s brings %v", split, want), func() bool { return len(r.values[split]) >= len(want) })
	if !slices.Equal(r.values[split], want) {
		r.Fatalf("%s brings %v, want %v", split, r.values[split], want)
	}
}

// fails polls until there is an error.
func (r *reading) fails() error {
	for ctx := r.soon(); ; {
		if _, err := r.poll(ctx); err != nil {
			return err
		}
	}
}
