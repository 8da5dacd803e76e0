package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
)

// What brokers say in passing is borne: every record comes, once, in order.
func TestReadingThroughFaults(t *testing.T) {
	for name, faults := range map[string][]kfake.Fault{
		"not the leader":        {{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.NotLeaderForPartition, Count: 5}},
		"a new leader epoch":    {{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.FencedLeaderEpoch, Count: 3}},
		"replica not available": {{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.ReplicaNotAvailable, Count: 5}},
		"a topic not yet known": {{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.UnknownTopicID, Count: 3}},
		"offsets not listed":    {{Keys: []kmsg.Key{kmsg.ListOffsets}, Err: kerr.LeaderNotAvailable, Count: 3}},
		"metadata not there":    {{Keys: []kmsg.Key{kmsg.Metadata}, Err: kerr.LeaderNotAvailable, Count: 3}},
		"unknown for a moment":  {{Keys: []kmsg.Key{kmsg.Metadata}, Err: kerr.UnknownTopicOrPartition, Count: 1}},
		"fetch session lost":    {{Keys: []kmsg.Key{kmsg.Fetch}, TopLevel: true, Err: kerr.FetchSessionIDNotFound, Count: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, cluster := fake(t, kfake.NumBrokers(3))
			x.topic("clicks", 3)
			for p := range int32(3) {
				x.produce("clicks", p, numbers(0, 50)...)
			}
			s := x.source(config.KafkaSource{Topic: "clicks"})
			handle := cluster.Fault(faults...)
			r := x.open(s, x.discover(s, connect.FirstStart)...)
			r.until("all is read", func() bool { return r.idle["clicks/0"] && r.idle["clicks/1"] && r.idle["clicks/2"] })
			for p := range int32(3) {
				x.produce("clicks", p, numbers(50, 50)...)
				r.reads(splitID("clicks", p), numbers(0, 100)...)
			}
			if handle.Hits() == 0 {
				t.Error("no fault was met")
			}
		})
	}
}

// Partitions whose leader moves are read on; the new epoch is part of what a
// checkpoint stores.
func TestLeaderMoves(t *testing.T) {
	x, cluster := fake(t, kfake.NumBrokers(3))
	x.topic("clicks", 1)
	s := x.source(config.KafkaSource{Topic: "clicks"})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	epochs := map[string]bool{}
	for i := range 5 {
		leader := cluster.LeaderFor("clicks", 0)
		if err := cluster.MoveTopicPartition("clicks", 0, (leader+1)%3); err != nil {
			t.Fatal(err)
		}
		x.produce("clicks", 0, numbers(10*i, 10)...)
		r.reads("clicks/0", numbers(0, 10*(i+1))...)
		epochs[r.splits["clicks/0"].Identity[leaderEpoch]] = true
		again := x.open(s, throughManifest(t, r.splits["clicks/0"]))
		again.until("it goes on from there", func() bool { return again.idle["clicks/0"] })
		again.reads("clicks/0")
	}
	if len(epochs) != 5 || epochs[""] {
		t.Errorf("5 moves were stored as epochs %v", epochs)
	}
}

// Records that are deleted while the job is behind them end it.
func TestRetentionPassesTheReader(t *testing.T) {
	x, cluster := fake(t)
	x.topic("clicks", 1)
	x.produce("clicks", 0, numbers(0, 10)...)
	s := x.source(config.KafkaSource{Topic: "clicks"})
	held := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.NotLeaderForPartition, Count: -1})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	x.deleteBefore("clicks", 0, 7)
	held.Remove()
	err := r.fails()
	x.refused(err, true, "clicks/0@0", "records 0 to 6 were deleted", "retention.ms")
	if len(r.values) > 0 {
		t.Errorf("it read %v although records before them are lost", r.values)
	}
	if again := r.fails(); again != err {
		t.Errorf("the next Poll says %v", again)
	}
}

// A new leader that lacks records which were read makes the job stop, not go back.
func TestLogCut(t *testing.T) {
	x, cluster := fake(t)
	x.topic("clicks", 1)
	x.produce("clicks", 0, numbers(0, 10)...)
	s := x.source(config.KafkaSource{Topic: "clicks"})
	splits := x.discover(s, connect.FirstStart)
	splits[0].Next = 8
	cluster.ControlKey(int16(kmsg.OffsetForLeaderEpoch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		asked := req.(*kmsg.OffsetForLeaderEpochRequest)
		resp := asked.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
		topic := kmsg.NewOffsetForLeaderEpochResponseTopic()
		topic.Topic = asked.Topics[0].Topic
		p := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
		p.Partition, p.LeaderEpoch, p.EndOffset = 0, asked.Topics[0].Partitions[0].LeaderEpoch, 5
		topic.Partitions = append(topic.Partitions, p)
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	})
	r := x.open(s, splits...)
	x.refused(r.fails(), true, "clicks/0@8", "the log was cut at 5", "rewind")
	if len(r.values) > 0 {
		t.Errorf("it read %v from a log that was cut", r.values)
	}
}

// What a producer is told in passing is borne: every record is there, once.
func TestWritingThroughFaults(t *testing.T) {
	for name, f := range map[string]kfake.Fault{
		"not the leader":             {Err: kerr.NotLeaderForPartition, Count: 2},
		"time-out after the append":  {Err: kerr.RequestTimedOut, Count: 2},
		"too few replicas":           {Err: kerr.NotEnoughReplicas, Count: 2},
		"too few replicas after all": {Err: kerr.NotEnoughReplicasAfterAppend, Count: 2},
		"a broken disk":              {Err: kerr.KafkaStorageError, Count: 2},
		"unknown for a moment":       {Err: kerr.UnknownTopicOrPartition, Count: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, cluster := fake(t, kfake.NumBrokers(3))
			x.topic("counts", 3)
			w := x.write("counts")
			f.Keys = []kmsg.Key{kmsg.Produce}
			handle := cluster.Fault(f)
			want := numbers(0, 2000)
			for part := range slices.Chunk(want, 100) {
				w.must(part...)
			}
			w.precommit()
			if handle.Hits() == 0 {
				t.Error("no fault was met")
			}
			if got := x.sorted("counts"); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("%d records, want %d, each once", len(got), len(want))
			}
		})
	}
}

// A record that is refused for good is what the next call says.
func TestWritingRefused(t *testing.T) {
	for name, test := range map[string]struct {
		err  *kerr.Error
		says []string
		ends bool
	}{
		"policy":     {kerr.PolicyViolation, []string{`topic "counts"`, "POLICY_VIOLATION"}, false},
		"denied":     {kerr.TopicAuthorizationFailed, []string{"denies", "WRITE"}, true},
		"topic gone": {kerr.UnknownTopicOrPartition, []string{`topic "counts" is gone`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, cluster := fake(t)
			x.topic("counts", 1)
			w := x.write("counts")
			cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: test.err, Count: -1})
			w.must("one")
			_, err := w.Precommit(x.soon(), 1)
			x.refused(err, test.ends, test.says...)
			if again := w.Write(x.soon(), []connect.Record{{Value: []byte("two")}}); again == nil {
				t.Error("the next Write goes on as if nothing had happened")
			}
		})
	}
}

// Brokers that say nothing are given up, whether it is room or the flush that is
// waited for; the wait can be interrupted.
func TestWritingIntoSilence(t *testing.T) {
	x, cluster := fake(t)
	x.topic("counts", 1)
	s := x.sink("counts")
	s.silence = 300 * time.Millisecond
	release := make(chan struct{})
	defer close(release)
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		cluster.SleepControl(func() { <-release })
		return nil, nil, false
	})
	w := x.writer(s)
	w.must("one")
	_, err := w.Precommit(x.soon(), 1)
	x.refused(err, false, `topic "counts", 1 records without an answer for 300ms`)

	big := []connect.Record{{Value: make([]byte, parcelBytes)}}
	var wrote int
	for err = nil; err == nil && wrote < 10*parcels; wrote++ {
		err = w.Write(x.soon(), big)
	}
	x.refused(err, false, "without an answer for 300ms")
	if wrote > parcels+1 {
		t.Errorf("%d records were taken while nothing was answered, want at most %d", wrote, parcels)
	}
	s.silence = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.Precommit(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an interrupted pre-commit says %v", err)
	}
}

// A leader epoch that is older than records already seen says nothing new.
func TestIdentityOfRestoredSplit(t *testing.T) {
	for text, want := range map[string]int32{"": -1, "x": -1, "7": 7, "99999999999": -1} {
		if got := epochOf(map[string]string{leaderEpoch: text}); got != want {
			t.Errorf("epoch %q is %d, want %d", text, got, want)
		}
	}
	if got := fmt.Sprint(identity("", -1)); got != "map[]" {
		t.Errorf("the identity of nothing is %s", got)
	}
}
