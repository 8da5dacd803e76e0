package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
)

// startOver is the way on where a position has lost its meaning. It is never
// taken by itself: it changes results.
const startOver = "start the job over without its checkpoints (spaas run --fresh on this machine)"

// where is the position for messages.
func (p *partition) where() string { return fmt.Sprintf("%s@%d", p.id, p.next) }

// recreated is the fault of a position in a topic that is another one now.
func (p *partition) recreated() error {
	return &fault.Error{
		What: "the topic was deleted and created again: the checkpoint's position is of records that are gone", Where: p.where(),
		Do: startOver, Incurable: true,
	}
}

// outside returns the fault of a position that is not within the log.
func (p *partition) outside(start, end int64) error {
	switch {
	case p.next < start:
		return &fault.Error{
			What: fmt.Sprintf("records %d to %d were deleted before the job read them", p.next, start-1), Where: p.where(),
			Do: "have the topic keep records longer than the job may be down or behind (retention.ms, retention.bytes); the job itself cannot go on without losing them: " + startOver, Incurable: true,
		}
	case p.next > end:
		return &fault.Error{
			What: fmt.Sprintf("the log ends at %d: records that the job has read are gone from it", end), Where: p.where(),
			Do: "find out why brokers lost them (an unclean leader election, a restored disk); then rewind to a checkpoint before the loss, or " + startOver, Incurable: true,
		}
	}
	return nil
}

// cut is the fault of a log whose end was replaced below the position.
func (p *partition) cut(loss *kgo.ErrDataLoss) error {
	return &fault.Error{
		What: fmt.Sprintf("the log was cut at %d: records that the job has read are gone from it", loss.ResetTo), Where: p.where(),
		Do: "find out why brokers lost them (an unclean leader election, a restored disk); then rewind to a checkpoint before the loss, or " + startOver, Incurable: true,
	}
}

// lost finds out why a partition cannot be read on; nil: another try may do,
// as while its leader moves. It takes no context: an interrupted Poll must not
// make it give up, because the client says a thing once.
func (r *reader) lost(number int32, err error) error {
	ctx := context.Background()
	p := r.parts[number]
	if p == nil { // about the topic or the cluster as a whole
		if kerr.IsRetriable(err) {
			return nil
		}
		return fmt.Errorf("topic %q: %w", r.source.topic, r.client.explain(err))
	}
	if loss, ok := errors.AsType[*kgo.ErrDataLoss](err); ok {
		return p.cut(loss)
	}
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		starts, failed := r.client.places(ctx, r.source.topic, []int32{number}, logStart, everything)
		ends, again := r.client.places(ctx, r.source.topic, []int32{number}, logEnd, everything)
		if err := cmp.Or(failed, again); err != nil {
			return err
		}
		if err := p.outside(starts[number].offset, ends[number].offset); err != nil {
			return err
		}
	case errors.Is(err, kerr.UnknownTopicID), errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.InconsistentTopicID):
		t, err := r.client.topic(ctx, r.source.topic)
		if err == nil && t.id != p.topic {
			return p.recreated()
		}
		if fault.Incurable(err) {
			return err
		}
		return nil // some brokers do not know the topic yet
	case kerr.IsRetriable(err):
		return nil
	}
	return &fault.Error{What: "the partition cannot be read", Where: p.where(), Err: r.client.explain(err)}
}
