package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// source is one configured topic to read.
type source struct {
	cluster *cluster
	topic   string
	start   moment
	every   time.Duration // how often readers look at the ends of their partitions
}

func newSource(c connect.SourceConfig) (connect.Source, error) {
	where := "sources." + c.Name + ".kafka"
	if c.Source.Kafka == nil {
		return nil, &fault.Error{What: "the source has no kafka block", Where: "sources." + c.Name, Do: "add one, or change the connector", Incurable: true}
	}
	block := c.Source.Kafka
	s := &source{topic: block.Topic, every: 500 * time.Millisecond}
	var faults fault.List
	var err error
	if s.cluster, err = newCluster(c.Env, where, block.Cluster, block.Brokers); err != nil {
		faults = append(faults, err)
	}
	if block.Topic == "" {
		faults = append(faults, noTopic(where))
	}
	if s.start, err = parseStart(block.Start); err != nil {
		faults = append(faults, &fault.Error{
			What: fmt.Sprintf("start %q is no place in a topic", block.Start), Where: where + ".start",
			Do: "write earliest, latest or a time such as 2026-11-24T12:00:00Z", Incurable: true,
		})
	}
	return s, faults.Err()
}

func noTopic(where string) error {
	return &fault.Error{What: "no topic is named", Where: where + ".topic", Do: "set topic", Incurable: true}
}

// parseStart reads where a first start begins.
func parseStart(s string) (moment, error) {
	switch s {
	case "", "earliest":
		return logStart, nil
	case "latest":
		return logEnd, nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err == nil && at.UnixMilli() < 0 {
		return 0, fmt.Errorf("%s is before 1970", s)
	}
	return moment(at.UnixMilli()), err
}

// Bounded says that a topic has no end.
func (s *source) Bounded() bool { return false }

// Discover returns a split for each partition. A first start at "latest", and
// the end for a drain, is where no transaction is open: what an open one holds
// is neither skipped nor waited for.
func (s *source) Discover(ctx context.Context, why connect.Discovery) ([]connect.Split, error) {
	c, err := s.cluster.dial()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	t, err := c.topic(ctx, s.topic)
	if err != nil {
		return nil, err
	}
	at := map[connect.Discovery]moment{connect.FirstStart: s.start, connect.NewSplits: logStart, connect.Drain: logEnd}[why]
	places, err := c.places(ctx, s.topic, t.partitions, at, decided)
	if err != nil {
		return nil, err
	}
	splits := make([]connect.Split, 0, len(places))
	for _, p := range slices.Sorted(maps.Keys(places)) {
		splits = append(splits, connect.Split{
			ID: splitID(s.topic, p), Next: places[p].offset, Identity: identity(t.id, places[p].epoch),
		})
	}
	return splits, nil
}

// Open makes a reader. It connects when it is given partitions.
func (s *source) Open(_ context.Context, _ int) (connect.Reader, error) { return newReader(s) }

// The keys of a split's identity.
const (
	topicID     = "topic_id"
	leaderEpoch = "leader_epoch" // of the record before the split's position, or a newer one
)

func identity(id string, epoch int32) map[string]string {
	all := map[string]string{}
	if id != "" {
		all[topicID] = id
	}
	if epoch >= 0 {
		all[leaderEpoch] = strconv.Itoa(int(epoch))
	}
	return all
}

// epochOf is the leader epoch of an identity, -1 when there is none.
func epochOf(identity map[string]string) int32 {
	epoch, err := strconv.ParseInt(identity[leaderEpoch], 10, 32)
	if err != nil {
		return -1
	}
	return int32(epoch)
}

func splitID(topic string, partition int32) string {
	return topic + "/" + strconv.Itoa(int(partition))
}

// partitionOf is the partition that a split stands for. A split of another
// topic is one that the source read before its config was changed.
func (s *source) partitionOf(split connect.Split) (int32, error) {
	at := strings.LastIndexByte(split.ID, '/')
	n, err := strconv.ParseInt(split.ID[at+1:], 10, 32)
	if err != nil || at < 0 {
		return 0, fmt.Errorf("split %q is no partition", split.ID)
	}
	if split.ID[:at] != s.topic {
		return 0, &fault.Error{
			What: fmt.Sprintf("the checkpoint is of topic %q, the source now reads %q", split.ID[:at], s.topic), Where: split.ID,
			Do: "give a source of another topic another name, or start the job over without its checkpoints", Incurable: true,
		}
	}
	return int32(n), nil
}
