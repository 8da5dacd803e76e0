package kafka

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// Assign checks that the splits can be read on from where they are, all of
// them, before any is.
func (r *reader) Assign(ctx context.Context, splits []connect.Split) error {
	t, err := r.client.topic(ctx, r.source.topic)
	if err != nil {
		return err
	}
	var faults fault.List
	var assigned []*partition
	var numbers []int32
	for _, s := range splits {
		p, err := r.source.adopt(s, t)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		assigned, numbers = append(assigned, p), append(numbers, p.number)
	}
	if faults != nil {
		return faults
	}
	starts, err := r.client.places(ctx, t.name, numbers, logStart, everything)
	if err != nil {
		return err
	}
	ends, err := r.client.places(ctx, t.name, numbers, logEnd, everything)
	if err != nil {
		return err
	}
	from := map[int32]kgo.Offset{}
	for _, p := range assigned {
		if err := p.outside(starts[p.number].offset, ends[p.number].offset); err != nil {
			faults = append(faults, err)
			continue
		}
		from[p.number] = kgo.NewOffset().At(p.next).WithEpoch(p.epoch)
	}
	if faults != nil {
		return faults
	}
	for _, p := range assigned {
		r.parts[p.number] = p
		r.looks = append(r.looks, look{p.number, ends[p.number].offset})
	}
	r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{t.name: from})
	r.lookout.at(numbers)
	return nil
}

// adopt makes the partition that a split stands for, if the topic is still the
// one that the split's position is of.
func (s *source) adopt(split connect.Split, t topic) (*partition, error) {
	n, err := s.partitionOf(split)
	if err != nil {
		return nil, err
	}
	p := &partition{id: split.ID, number: n, topic: t.id, epoch: epochOf(split.Identity), next: split.Next, limit: noLimit, end: -1}
	if was := split.Identity[topicID]; was != "" && t.id != "" && was != t.id || !slices.Contains(t.partitions, n) {
		return nil, p.recreated()
	}
	return p, nil
}
