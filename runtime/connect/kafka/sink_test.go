package kafka

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
)

// writing is a writer under test.
type writing struct {
	*fixture
	connect.Writer
}

func (x *fixture) write(topic string) *writing {
	x.Helper()
	return x.writer(x.sink(topic))
}

func (x *fixture) writer(s *sink) *writing {
	x.Helper()
	w, err := s.Open(x.soon(), connect.Task{Deployment: "test/test", Generation: 1})
	if err != nil {
		x.Fatal(err)
	}
	x.Cleanup(func() { w.Close() })
	return &writing{x, w}
}

func (w *writing) must(values ...string) {
	w.Helper()
	var records []connect.Record
	for _, v := range values {
		records = append(records, connect.Record{Key: []byte(v), Value: []byte(v)})
	}
	if err := w.Write(w.soon(), records); err != nil {
		w.Fatal(err)
	}
}

func (w *writing) precommit() {
	w.Helper()
	if c, err := w.Precommit(w.soon(), 1); err != nil || c != nil {
		w.Fatalf("pre-commit: %v, %v", c, err)
	}
}

// sorted are the values of a topic.
func (x *fixture) sorted(topic string) (values []string) {
	for _, r := range x.consume(topic) {
		values = append(values, string(r.Value))
	}
	slices.Sort(values)
	return values
}

func TestWrittenAsHandedOver(t *testing.T) {
	x, _ := fake(t)
	x.topic("counts", 1)
	w := x.write("counts")
	at := time.UnixMilli(1764000000123)
	began := time.Now()
	if err := w.Write(x.soon(), []connect.Record{
		{Key: []byte("k"), Value: []byte("v"), Time: at.UnixNano() + 999, Headers: []connect.Header{{Key: "h", Value: []byte("1")}}},
		{Key: []byte("tombstone")},
		{Value: []byte{}},
	}); err != nil {
		t.Fatal(err)
	}
	w.precommit()
	got := x.consume("counts")
	if len(got) != 3 {
		t.Fatalf("%d records", len(got))
	}
	if r := got[0]; string(r.Key) != "k" || string(r.Value) != "v" || !r.Timestamp.Equal(at) ||
		!slices.EqualFunc(r.Headers, []kgo.RecordHeader{{Key: "h", Value: []byte("1")}}, func(a, b kgo.RecordHeader) bool {
			return a.Key == b.Key && string(a.Value) == string(b.Value)
		}) {
		t.Errorf("got %+v", r)
	}
	if r := got[1]; r.Value != nil || r.Timestamp.Before(began.Truncate(time.Millisecond)) || len(r.Headers) > 0 {
		t.Errorf("got %+v, want no value and the time of now", r)
	}
	if r := got[2]; r.Key != nil || r.Value == nil {
		t.Errorf("got key %v and value %v, want none and an empty one", r.Key, r.Value)
	}
}

// Keys go where Kafka's own producer sends them; the partitions were computed
// with org.apache.kafka.common.utils.Utils.murmur2.
func TestKeysGoWhereKafkaSendsThem(t *testing.T) {
	x, _ := fake(t)
	x.topic("counts", 7)
	w := x.write("counts")
	want := map[string]int32{}
	for key, hash := range map[string]int32{
		// from Kafka's UtilsTest
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
	} {
		want[key] = (hash & 0x7fffffff) % 7
		w.must(key)
	}
	w.precommit()
	for _, r := range x.consume("counts") {
		if r.Partition != want[string(r.Key)] {
			t.Errorf("key %q is in partition %d, want %d", r.Key, r.Partition, want[string(r.Key)])
		}
	}
}

// Records without a key are spread.
func TestKeylessRecordsAreSpread(t *testing.T) {
	x, _ := fake(t)
	x.topic("counts", 4)
	w := x.write("counts")
	value := make([]byte, 1000)
	for range 20 {
		if err := w.Write(x.soon(), slices.Repeat([]connect.Record{{Value: value}}, 100)); err != nil {
			t.Fatal(err)
		}
	}
	w.precommit()
	counts := map[int32]int{}
	for _, r := range x.consume("counts") {
		counts[r.Partition]++
	}
	if len(counts) != 4 {
		t.Errorf("2,000 records of 1 KB are in partitions %v", counts)
	}
}

// More than a parcel holds, of every size, with keys and without.
func TestManyRecords(t *testing.T) {
	x, _ := fake(t)
	x.topicWith("counts", 2, map[string]string{"max.message.bytes": "2000000"})
	w := x.write("counts")
	var records []connect.Record
	var want []string
	for i := range 3 * parcelRecords {
		v := fmt.Sprintf("%0*d", 10+i, i)
		want = append(want, v)
		records = append(records, connect.Record{Value: []byte(v)})
	}
	v := fmt.Sprintf("%01900000d", 7)
	want = append(want, v)
	records = append(records, connect.Record{Value: []byte(v)})
	if err := w.Write(x.soon(), records); err != nil {
		t.Fatal(err)
	}
	w.precommit()
	slices.Sort(want)
	if got := x.sorted("counts"); !slices.Equal(got, want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
}

func tooLarge(t *testing.T, x *fixture, topic string) {
	x.topicWith(topic, 1, map[string]string{"max.message.bytes": "100000"})
	w := x.write(topic)
	w.must("small")
	w.precommit()
	if err := w.Write(x.soon(), []connect.Record{{Key: []byte("key"), Value: make([]byte, 50<<20)}}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Precommit(x.soon(), 2)
	x.refused(err, true, "a record of 52428803 bytes", fmt.Sprintf("topic %q", topic), "100000 bytes", "max.message.bytes")
}

func hugeWritten(t *testing.T, x *fixture, topic string) {
	x.topicWith(topic, 1, map[string]string{"max.message.bytes": "67108864"})
	w := x.write(topic)
	if err := w.Write(x.soon(), []connect.Record{{Value: make([]byte, 50<<20)}}); err != nil {
		t.Fatal(err)
	}
	w.precommit()
	if got := x.consume(topic); len(got) != 1 || len(got[0].Value) != 50<<20 {
		t.Errorf("%d records", len(got))
	}
}

func writeMissing(t *testing.T, x *fixture, topic string) {
	x.topic(topic, 1)
	_, err := x.sink(topic+"s").Open(x.soon(), connect.Task{})
	x.refused(err, true, fmt.Sprintf("topic %q does not exist", topic+"s"), fmt.Sprintf("did you mean %q?", topic))
	_, err = x.source(config.KafkaSource{Topic: topic + "s"}).Discover(x.soon(), connect.FirstStart)
	x.refused(err, true, fmt.Sprintf("topic %q does not exist", topic+"s"), fmt.Sprintf("did you mean %q?", topic))
}

var writingTests = map[string]func(t *testing.T, x *fixture, topic string){
	"a record that is too large": tooLarge,
	"a record of 50 MB":          hugeWritten,
	"a topic that is missing":    writeMissing,
}

func TestWriting(t *testing.T) {
	for name, test := range writingTests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, _ := fake(t)
			test(t, x, "counts")
		})
	}
}

// Only at least once is promised, and nothing else is accepted.
func TestDelivery(t *testing.T) {
	for delivery, ok := range map[string]bool{"": true, "at-least-once": true, "exactly-once": false, "none": false} {
		s, err := newSink(connect.SinkConfig{Env: env("out"), Sink: config.Sink{
			Kafka: &config.KafkaSink{Brokers: []string{"b:1"}, Topic: "t"}, Delivery: delivery,
		}})
		if !ok {
			(&fixture{TB: t}).refused(err, true, "sinks.out.delivery", "cannot deliver "+delivery, "at-least-once")
			continue
		}
		if err != nil || s.Delivery() != connect.AtLeastOnce {
			t.Errorf("delivery %q: %v", delivery, err)
		}
		if err := s.Recover(context.Background(), 1, nil); err != nil {
			t.Error(err)
		}
	}
}
