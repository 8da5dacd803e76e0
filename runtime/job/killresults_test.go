package job

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/stream"
)

// lateOf is how many late events the windows of a job dropped.
func lateOf(s jobapi.Status) (late int64) {
	for _, o := range s.Operators {
		late += o.Late
	}
	return late
}

// topics creates the topics of the test.
func topics(t *testing.T, broker string, names ...string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	made, err := kadm.NewClient(client).CreateTopics(t.Context(), killPartition, 1, nil, names...)
	if err == nil {
		err = made.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// panes reads a topic of panes to its end. A pane may come again, as the same.
func panes(t *testing.T, broker, topic string) (all map[string]sum, repeats int) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	var left int64
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset })
	all = map[string]sum{}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for left > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for r := range fetches.RecordsAll() {
			left--
			var pane stream.Pane[string, sum]
			if err := json.Unmarshal(r.Value, &pane); err != nil {
				t.Fatalf("%v: %s", err, r.Value)
			}
			id := pane.Key + " " + pane.Start.Format(time.RFC3339)
			if before, ok := all[id]; ok {
				repeats++
				if before != pane.Value {
					t.Errorf("%s came to %s as %+v and as %+v", id, topic, before, pane.Value)
				}
			}
			all[id] = pane.Value
		}
	}
	return all, repeats
}

// differ reports the first few panes that two counts do not agree on.
func differ(t *testing.T, what string, got, want map[string]sum) {
	t.Helper()
	shown := 0
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if got[id] != want[id] && shown < 5 {
			t.Errorf("%s differ: %s is %+v, want %+v", what, id, got[id], want[id])
			shown++
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s differ: %d panes, want %d", what, len(got), len(want))
	}
}
