package kafka

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

const (
	// usualLimit is what a topic takes when nobody said otherwise, and when the
	// cluster does not tell.
	usualLimit = 1048588
	// silence is how long brokers may leave records unacknowledged, all of them,
	// before the writer gives up. It outlasts the election of new leaders.
	silence = 2 * time.Minute
)

// sink is one configured topic to write.
type sink struct {
	cluster *cluster
	topic   string
	silence time.Duration
}

func newSink(c connect.SinkConfig) (connect.Sink, error) {
	where := "sinks." + c.Name + ".kafka"
	if c.Sink.Kafka == nil {
		return nil, &fault.Error{What: "the sink has no kafka block", Where: "sinks." + c.Name, Do: "add one, or change the connector", Incurable: true}
	}
	block := c.Sink.Kafka
	s := &sink{topic: block.Topic, silence: silence}
	var faults fault.List
	var err error
	if s.cluster, err = newCluster(c.Env, where, block.Cluster, block.Brokers); err != nil {
		faults = append(faults, err)
	}
	if block.Topic == "" {
		faults = append(faults, noTopic(where))
	}
	if d := connect.Delivery(c.Sink.Delivery); d != "" && d != connect.AtLeastOnce {
		faults = append(faults, &fault.Error{
			What: fmt.Sprintf("a Kafka sink cannot deliver %s: after a crash it writes again what it wrote since the last checkpoint", d), Where: "sinks." + c.Name + ".delivery",
			Do: "set delivery to at-least-once, and have readers of the topic bear repeats", Incurable: true,
		})
	}
	return s, faults.Err()
}

// Delivery is at least once.
func (s *sink) Delivery() connect.Delivery { return connect.AtLeastOnce }

// Recover has nothing to abort: there are no transactions.
func (s *sink) Recover(context.Context, uint64, []connect.Committable) error { return nil }

// Commit has nothing to do: a pre-commit is final.
func (s *sink) Commit(context.Context, uint64, []connect.Committable) error { return nil }

// Open connects and checks that the topic is there.
func (s *sink) Open(ctx context.Context, _ connect.Task) (connect.Writer, error) {
	w, err := newWriter(s)
	if err != nil {
		return nil, err
	}
	if err := w.look(ctx); err != nil {
		w.client.Close()
		return nil, err
	}
	return w, nil
}

// look checks that the topic exists and finds out how large its records may be.
func (w *writer) look(ctx context.Context) error {
	if _, err := w.client.topic(ctx, w.sink.topic); err != nil {
		return err
	}
	limit, err := w.client.limit(ctx, w.sink.topic)
	w.limit = limit
	return err
}

// limit is the topic's max.message.bytes. A user who may write a topic need not
// be allowed to read its configuration.
func (c *client) limit(ctx context.Context, topic string) (int32, error) {
	const key = "max.message.bytes"
	return bounded(ctx, c, func(ctx context.Context) (int32, error) {
		req := kmsg.NewPtrDescribeConfigsRequest()
		asked := kmsg.NewDescribeConfigsRequestResource()
		asked.ResourceType, asked.ResourceName, asked.ConfigNames = kmsg.ConfigResourceTypeTopic, topic, []string{key}
		req.Resources = append(req.Resources, asked)
		resp, err := req.RequestWith(ctx, c)
		if err != nil {
			return 0, err
		}
		for _, resource := range resp.Resources {
			if err := kerr.ErrorForCode(resource.ErrorCode); err != nil && !denied(err) {
				return 0, fmt.Errorf("configuration of topic %q: %w", topic, err)
			}
			for _, setting := range resource.Configs {
				if setting.Name != key || setting.Value == nil {
					continue
				}
				if limit, err := strconv.ParseInt(*setting.Value, 10, 32); err == nil {
					return int32(min(max(limit, smallestBatch), largest)), nil
				}
			}
		}
		return usualLimit, nil
	})
}

// smallestBatch is the least that the client can be limited to.
const smallestBatch = 512
