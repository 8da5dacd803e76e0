package kafka

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/spaas/spaas/pkg/fault"
)

// topic is a topic as the cluster has it now.
type topic struct {
	name string
	// id is new each time a topic of that name is created. "": the brokers are
	// too old to have them.
	id         string
	partitions []int32 // in order
}

// topic looks a topic up. One that does not exist is an incurable fault that
// names the nearest that does.
func (c *client) topic(ctx context.Context, name string) (topic, error) {
	return bounded(ctx, c, func(ctx context.Context) (topic, error) {
		// A topic that was just created may be unknown to some broker.
		spread := c.cluster.patience / 10
		for began := time.Now(); ; {
			found, err := c.describe(ctx, &name)
			if err != nil {
				return topic{}, err
			}
			err = kerr.ErrorForCode(found[0].ErrorCode)
			switch {
			case err == nil:
				return newTopic(name, found[0]), nil
			case kerr.IsRetriable(err) && time.Since(began) < spread:
				if err := pause(ctx, spread/10); err != nil {
					return topic{}, err
				}
			case err == kerr.UnknownTopicOrPartition:
				return topic{}, c.missing(ctx, name)
			default:
				return topic{}, fmt.Errorf("topic %q: %w", name, err)
			}
		}
	})
}

func newTopic(name string, found kmsg.MetadataResponseTopic) topic {
	t := topic{name: name, partitions: make([]int32, len(found.Partitions))}
	for i := range t.partitions {
		t.partitions[i] = int32(i) // Kafka numbers them without gaps
	}
	if found.TopicID != [16]byte{} {
		t.id = base64.RawURLEncoding.EncodeToString(found.TopicID[:]) // as Kafka's tools write it
	}
	return t
}

// describe asks for one topic, or with nil for all.
func (c *client) describe(ctx context.Context, name *string) ([]kmsg.MetadataResponseTopic, error) {
	req := kmsg.NewPtrMetadataRequest()
	if name != nil {
		one := kmsg.NewMetadataRequestTopic()
		one.Topic = name
		req.Topics = []kmsg.MetadataRequestTopic{one}
	}
	resp, err := req.RequestWith(ctx, c)
	if err != nil {
		return nil, err
	}
	if name != nil && len(resp.Topics) != 1 {
		return nil, fmt.Errorf("asked for topic %q, the brokers described %d topics", *name, len(resp.Topics))
	}
	return resp.Topics, nil
}

// missing is the fault of a topic that does not exist.
func (c *client) missing(ctx context.Context, name string) error {
	f := &fault.Error{
		What: fmt.Sprintf("topic %q does not exist in %v", name, c.cluster),
		Do:   "create it, or correct the topic in the config", Incurable: true,
	}
	all, err := c.describe(ctx, nil)
	if err != nil {
		return f // the advice is lost, the fault stands
	}
	var names []string
	for _, t := range all {
		if t.Topic != nil && !t.IsInternal {
			names = append(names, *t.Topic)
		}
	}
	f.Do = nearestOr(name, names, f.Do)
	return f
}

// pause waits between two attempts.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
