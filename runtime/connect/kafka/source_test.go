package kafka

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
)

// reading is what every cluster must show, fake or real: each test has a topic
// "in" of its own, which it creates.
var readingTests = map[string]func(t *testing.T, x *fixture, topic string){
	"start positions":                     startPositions,
	"a checkpoint is enough to go on":     resume,
	"new partitions from their beginning": newPartitions,
	"an open transaction":                 openTransaction,
	"an aborted transaction":              abortedTransaction,
	"draining behind a transaction":       drainBehindTransaction,
	"records deleted by retention":        retention,
	"a position beyond the log":           beyond,
	"a topic created again":               recreated,
	"a topic deleted while it is read":    deletedWhileRead,
	"a record of 50 MB":                   hugeRecord,
	"records as they were written":        fields,
}

func TestReading(t *testing.T) {
	for name, test := range readingTests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, _ := fake(t)
			test(t, x, "clicks")
		})
	}
}

// throughManifest is a split as it comes back from a checkpoint.
func throughManifest(t *testing.T, s connect.Split) (back connect.Split) {
	t.Helper()
	data, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(data, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func startPositions(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 2)
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for i := range 4 {
		x.send(&kgo.Record{Topic: topic, Value: fmt.Append(nil, i), Timestamp: noon.Add(time.Duration(i) * time.Minute)})
	}
	x.send(&kgo.Record{Topic: topic, Partition: 1, Value: []byte("old"), Timestamp: noon.Add(-time.Hour)})
	for start, want := range map[string][2]int64{
		"":                          {0, 0},
		"earliest":                  {0, 0},
		"latest":                    {4, 1},
		"2026-11-24T12:01:00Z":      {1, 1},
		"2026-11-24T13:01:30+01:00": {2, 1},
		"2026-11-25T00:00:00Z":      {4, 1},
		"1999-01-01T00:00:00Z":      {0, 0},
	} {
		splits := x.discover(x.source(config.KafkaSource{Topic: topic, Start: start}), connect.FirstStart)
		if got := [2]int64{splits[0].Next, splits[1].Next}; got != want {
			t.Errorf("start %q is at %v, want %v", start, got, want)
		}
	}
}

func resume(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	x.produce(topic, 0, numbers(0, 10)...)
	s := x.source(config.KafkaSource{Topic: topic})
	split := topic + "/0"
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	r.reads(split, numbers(0, 10)...)
	x.produce(topic, 0, numbers(10, 10)...)
	again := x.open(x.source(config.KafkaSource{Topic: topic, Start: "latest"}), throughManifest(t, r.splits[split]))
	again.reads(split, numbers(10, 10)...)
}

func newPartitions(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	s := x.source(config.KafkaSource{Topic: topic, Start: "latest"})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	x.grow(topic)
	x.produce(topic, 1, numbers(0, 5)...)
	found := x.discover(s, connect.NewSplits)
	if len(found) != 2 || found[1].ID != topic+"/1" || found[1].Next != 0 {
		t.Fatalf("found %+v", found)
	}
	if err := r.Assign(x.soon(), found[1:]); err != nil {
		t.Fatal(err)
	}
	r.reads(topic+"/1", numbers(0, 5)...)
}

// transaction begins one and writes values to partition 0. End commits or aborts.
func (x *fixture) transaction(topic string, values ...string) (end func(kgo.TransactionEndTry)) {
	x.Helper()
	client := x.client(kgo.TransactionalID(fmt.Sprintf("%s-%d", topic, time.Now().UnixNano())))
	if err := client.BeginTransaction(); err != nil {
		x.Fatal(err)
	}
	for _, v := range values {
		if err := client.ProduceSync(x.soon(), &kgo.Record{Topic: topic, Value: []byte(v)}).FirstErr(); err != nil {
			x.Fatal(err)
		}
	}
	return func(commit kgo.TransactionEndTry) {
		x.Helper()
		defer client.Close()
		if err := client.EndTransaction(x.soon(), commit); err != nil {
			x.Fatal(err)
		}
	}
}

// What is behind an open transaction is not seen, and its partition is not idle:
// not if it was open at the start, and not if it was idle before.
func openTransaction(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 2)
	x.produce(topic, 0, "before")
	s := x.source(config.KafkaSource{Topic: topic})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	split, other := topic+"/0", topic+"/1"
	r.until("all is read", func() bool { return r.idle[split] && r.idle[other] })

	end := x.transaction(topic, "inside")
	x.produce(topic, 0, "after")
	r.until("the split is idle no more", func() bool { return !r.idle[split] })
	late := x.open(s, throughManifest(t, r.splits[split]))
	for i := range 3 { // each is at least one look later
		x.produce(topic, 1, fmt.Sprint(i))
		r.until("the other split goes on", func() bool { return len(r.values[other]) == i+1 && r.idle[other] })
		if r.idle[split] || len(r.values[split]) > 1 {
			t.Fatalf("behind an open transaction: idle %v, %v", r.idle[split], r.values[split])
		}
	}
	end(kgo.TryCommit)
	r.until("all is read", func() bool { return r.idle[split] })
	r.reads(split, "before", "inside", "after")
	late.until("all is read", func() bool { return late.idle[split] })
	late.reads(split, "inside", "after")
}

// The marker of an aborted transaction is the last thing in the log: the end is
// behind it.
func abortedTransaction(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	split := topic + "/0"
	x.produce(topic, 0, "before")
	x.transaction(topic, "never", "seen")(kgo.TryAbort)
	s := x.source(config.KafkaSource{Topic: topic})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	r.until("all is read", func() bool { return r.idle[split] })
	r.reads(split, "before")
	if next := r.splits[split].Next; next != 4 {
		t.Errorf("all is read at position %d, want 4, behind the marker", next)
	}
}

func drainBehindTransaction(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 2)
	x.produce(topic, 0, "before")
	end := x.transaction(topic, "inside")
	defer end(kgo.TryAbort)
	x.produce(topic, 0, "after")
	s := x.source(config.KafkaSource{Topic: topic})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	limits := map[string]int64{}
	for _, split := range x.discover(s, connect.Drain) {
		limits[split.ID] = split.Next
	}
	if err := r.SetLimits(limits); err != nil {
		t.Fatal(err)
	}
	r.until("both splits end", func() bool { return r.ended[topic+"/0"] && r.ended[topic+"/1"] })
	r.reads(topic+"/0", "before")
}

func retention(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	x.produce(topic, 0, numbers(0, 10)...)
	s := x.source(config.KafkaSource{Topic: topic})
	splits := x.discover(s, connect.FirstStart)
	x.deleteBefore(topic, 0, 4)
	r := x.opened(s)
	x.refused(r.Assign(x.soon(), splits), true, topic+"/0@0", "records 0 to 3 were deleted", "retention.ms", "--fresh")
}

func beyond(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	x.produce(topic, 0, numbers(0, 10)...)
	s := x.source(config.KafkaSource{Topic: topic})
	splits := x.discover(s, connect.FirstStart)
	splits[0].Next = 11
	r := x.opened(s)
	x.refused(r.Assign(x.soon(), splits), true, topic+"/0@11", "the log ends at 10", "unclean")
}

func recreated(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	x.produce(topic, 0, numbers(0, 10)...)
	s := x.source(config.KafkaSource{Topic: topic})
	splits := x.discover(s, connect.FirstStart)
	x.recreate(topic, 1)
	x.produce(topic, 0, numbers(0, 10)...)
	r := x.opened(s)
	x.refused(r.Assign(x.soon(), splits), true, topic+"/0@0", "deleted and created again", "--fresh")
}

func deletedWhileRead(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	x.produce(topic, 0, "one")
	s := x.source(config.KafkaSource{Topic: topic})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	r.reads(topic+"/0", "one")
	x.recreate(topic, 1)
	err := r.fails()
	x.refused(err, true, topic+"/0@1", "deleted and created again")
	if again := r.fails(); again != err {
		t.Errorf("the next Poll says %v", again)
	}
}

func hugeRecord(t *testing.T, x *fixture, topic string) {
	x.topicWith(topic, 1, map[string]string{"max.message.bytes": "67108864"})
	huge := make([]byte, 50<<20)
	x.send(&kgo.Record{Topic: topic, Value: []byte("small")})
	x.send(&kgo.Record{Topic: topic, Value: huge})
	x.send(&kgo.Record{Topic: topic, Value: []byte("small")})
	s := x.source(config.KafkaSource{Topic: topic})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	split := topic + "/0"
	r.until("three records came", func() bool { return len(r.values[split]) == 3 })
	if len(r.values[split][1]) != len(huge) {
		t.Errorf("the record has %d bytes, want %d", len(r.values[split][1]), len(huge))
	}
}

func fields(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	at := time.UnixMilli(1764000000123)
	x.send(&kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte("v"), Timestamp: at, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "h", Value: nil}}},
		&kgo.Record{Topic: topic, Key: []byte("tombstone"), Timestamp: at})
	s := x.source(config.KafkaSource{Topic: topic})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	var got []connect.Record
	for len(got) < 2 {
		f, err := r.poll(x.soon())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Records...)
	}
	want := []connect.Record{
		{Key: []byte("k"), Value: []byte("v"), Time: at.UnixNano(), Headers: []connect.Header{{Key: "h", Value: []byte("1")}, {Key: "h"}}},
		{Key: []byte("tombstone"), Time: at.UnixNano(), Offset: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("records are %+v, want %+v", got, want)
	}
}
