package kafka

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// moment is a place in a log as ListOffsets is asked for it: a time in
// milliseconds, or one of these.
type moment int64

const (
	logStart moment = -2 // the first record that is still there
	logEnd   moment = -1 // after the last record
)

// isolation says which end of a log is meant.
type isolation int8

const (
	// everything: the high watermark, below which all records are on every
	// in-sync replica.
	everything isolation = 0
	// decided: the last stable offset, below which no transaction is open.
	decided isolation = 1
)

// place is a position and the leader epoch of its record, -1 unknown.
type place struct {
	offset int64
	epoch  int32
}

// places asks where a moment is in partitions of a topic. Leaders that are
// moving are waited for. A moment after the last record is the end of the log.
func (c *client) places(ctx context.Context, t string, partitions []int32, at moment, i isolation) (map[int32]place, error) {
	return bounded(ctx, c, func(ctx context.Context) (map[int32]place, error) {
		found := make(map[int32]place, len(partitions))
		for missing := partitions; ; {
			err := c.list(ctx, t, missing, at, i, found)
			if err != nil && !kerr.IsRetriable(err) {
				return nil, err
			}
			missing = nil
			for _, p := range partitions {
				if _, ok := found[p]; !ok {
					missing = append(missing, p)
				}
			}
			if len(missing) == 0 {
				break
			}
			if pause(ctx, 100*time.Millisecond) != nil {
				return nil, fmt.Errorf("topic %q, %d of %d partitions: %w", t, len(missing), len(partitions), cmp.Or(err, ctx.Err()))
			}
		}
		var later []int32
		for p, at := range found {
			if at.offset < 0 {
				later = append(later, p)
			}
		}
		if len(later) > 0 {
			return found, c.list(ctx, t, later, logEnd, i, found)
		}
		return found, nil
	})
}

// list asks once and adds what was found; the error is the first partition's.
func (c *client) list(ctx context.Context, t string, partitions []int32, at moment, i isolation, found map[int32]place) error {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID, req.IsolationLevel = -1, int8(i)
	asked := kmsg.NewListOffsetsRequestTopic()
	asked.Topic = t
	for _, p := range partitions {
		one := kmsg.NewListOffsetsRequestTopicPartition()
		one.Partition, one.Timestamp = p, int64(at)
		asked.Partitions = append(asked.Partitions, one)
	}
	req.Topics = append(req.Topics, asked)
	var first error
	for _, shard := range c.RequestSharded(ctx, req) { // one request a broker
		if shard.Err != nil {
			first = cmp.Or(first, shard.Err)
			continue
		}
		for _, answered := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range answered.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					first = cmp.Or(first, err)
					continue
				}
				found[p.Partition] = place{p.Offset, p.LeaderEpoch}
			}
		}
	}
	return first
}
