package localbroker

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
)

// TestMain makes the test binary a process that writes to a broker and is then
// killed, for the test that needs one.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCALBROKER_WRITE_AND_DIE"); dir != "" {
		writeAndDie(dir)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, dir string) *Broker {
	t.Helper()
	b, err := Open(dir, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func client(t *testing.T, b *Broker, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(options, kgo.SeedBrokers(b.Addr()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// describe returns id and number of partitions of a topic, and its records by
// partition in order.
func describe(t *testing.T, b *Broker, topic string) (id kadm.TopicID, records [][]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c := client(t, b, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer c.Close()
	admin := kadm.NewClient(c)
	topics, err := admin.ListTopics(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	records = make([][]string, len(topics[topic].Partitions))
	left := int64(0)
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset })
	for left > 0 {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%v, %d records missing", err, left)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			records[r.Partition] = append(records[r.Partition], string(r.Value))
			left--
		})
	}
	return topics[topic].ID, records
}

func produce(t *testing.T, b *Broker, topic string, values ...string) {
	t.Helper()
	c := client(t, b, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer c.Close()
	for _, v := range values {
		if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTopicsAndRecordsAreThereAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "broker")
	b := open(t, dir)
	if err := b.Ensure(t.Context(), []Topic{{"clicks", 2}, {"clicks", 2}, {"counts", 1}}); err != nil {
		t.Fatal(err)
	}
	produce(t, b, "clicks", "a", "b")
	id, _ := describe(t, b, "clicks")
	b.Close()

	b = open(t, dir)
	if err := b.Ensure(t.Context(), []Topic{{"clicks", 2}, {"counts", 1}}); err != nil {
		t.Fatal(err)
	}
	again, records := describe(t, b, "clicks")
	if again != id {
		t.Errorf("the topic id changed from %v to %v", id, again)
	}
	if got := fmt.Sprint(records); got != "[[a b] []]" {
		t.Errorf("records %v", got)
	}
	if _, records := describe(t, b, "counts"); len(records) != 1 {
		t.Errorf("counts has %d partitions", len(records))
	}
}

func TestPartitionsAreAddedAndNeverTaken(t *testing.T) {
	b := open(t, t.TempDir())
	for _, step := range []struct{ ask, want int }{{2, 2}, {4, 4}, {1, 4}} {
		if err := b.Ensure(t.Context(), []Topic{{"clicks", step.ask}}); err != nil {
			t.Fatal(err)
		}
		if _, records := describe(t, b, "clicks"); len(records) != step.want {
			t.Errorf("asked for %d partitions, there are %d, want %d", step.ask, len(records), step.want)
		}
	}
}

// The timestamps of results are event times: a broker that forgets by age would
// drop the results of an old file.
func TestOldRecordsAreKept(t *testing.T) {
	b := open(t, t.TempDir())
	if err := b.Ensure(t.Context(), []Topic{{"counts", 1}}); err != nil {
		t.Fatal(err)
	}
	c := client(t, b)
	old := &kgo.Record{Topic: "counts", Value: []byte("old"), Timestamp: time.Date(2015, 5, 17, 10, 0, 0, 0, time.UTC)}
	if err := c.ProduceSync(t.Context(), old).FirstErr(); err != nil {
		t.Fatal(err)
	}
	b.cluster.ApplyRetention()
	if _, records := describe(t, b, "counts"); fmt.Sprint(records) != "[[old]]" {
		t.Errorf("records %v", records)
	}
}

func TestAcknowledgedRecordsSurviveSIGKILL(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LOCALBROKER_WRITE_AND_DIE="+dir)
	out, err := cmd.CombinedOutput()
	if !strings.Contains(fmt.Sprint(err), "killed") {
		t.Fatalf("the writer was not killed: %v\n%s", err, out)
	}
	b := open(t, dir)
	if err := b.Ensure(t.Context(), []Topic{{"clicks", 1}}); err != nil {
		t.Fatal(err)
	}
	id, records := describe(t, b, "clicks")
	if fmt.Sprint(records) != "[[one two three]]" {
		t.Errorf("records %v", records)
	}
	if want := strings.TrimSpace(string(out)); fmt.Sprint(id) != want {
		t.Errorf("topic id %v, was %v", id, want)
	}
}

// writeAndDie writes three records, prints the topic's id and kills itself.
func writeAndDie(dir string) {
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
	}
	b, err := Open(dir, os.Stderr)
	check(err)
	check(b.Ensure(ctx, []Topic{{"clicks", 1}}))
	for _, v := range []string{"one", "two", "three"} {
		check(b.client.ProduceSync(ctx, &kgo.Record{Topic: "clicks", Value: []byte(v)}).FirstErr())
	}
	topics, err := b.admin.ListTopics(ctx, "clicks")
	check(err)
	fmt.Println(topics["clicks"].ID)
	self, err := os.FindProcess(os.Getpid())
	check(err)
	check(self.Kill())
	select {}
}

func TestBadFolders(t *testing.T) {
	t.Run("cannot be made", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(filepath.Join(file, "broker"), t.Output())
		if err == nil || !strings.Contains(err.Error(), "cannot keep its topics") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("unreadable content", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "meta.json"), []byte(`{"version"`), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir, t.Output())
		f, ok := err.(*fault.Error)
		if !ok || f.Where != dir || !strings.Contains(f.Do, "--fresh") {
			t.Errorf("error %#v", err)
		}
	})
}
