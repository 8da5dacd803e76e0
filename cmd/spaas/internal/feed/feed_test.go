package feed

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/spaas/spaas/cmd/spaas/internal/localbroker"
	"github.com/spaas/spaas/pkg/fault"
)

// TestMain asks for fewer runs of a property than rapid's 100, because each opens
// a broker several times whose every write is synced. -rapid.checks wins.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// cluster is an embedded broker and what is known of what it was fed.
type cluster struct {
	dir, ledger string
	broker      *localbroker.Broker
	feeding     *kgo.Client // of the newest feeder
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{dir: t.TempDir(), ledger: filepath.Join(t.TempDir(), "fed.json")}
	c.open(t)
	t.Cleanup(func() { c.broker.Close() })
	return c
}

func (c *cluster) open(t failing) {
	t.Helper()
	var err error
	if c.broker, err = localbroker.Open(c.dir, io.Discard); err != nil {
		t.Fatal(err)
	}
}

// feed is one run of spaas: a feeder of its own feeds one file.
func (c *cluster) feed(ctx context.Context, topic string, file File) (sent, before int64, err error) {
	client, err := kgo.NewClient(append(Options(localbroker.MaxRecord), kgo.SeedBrokers(c.broker.Addr()))...)
	if err != nil {
		return 0, 0, err
	}
	defer client.Close()
	c.feeding = client
	ledger, err := OpenLedger(c.ledger)
	if err != nil {
		return 0, 0, err
	}
	return New(client, ledger).Feed(ctx, topic, file)
}

// failing is a test or one run of a property.
type failing interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// topic creates a topic.
func (c *cluster) topic(t failing, name string, partitions int) {
	t.Helper()
	if err := c.broker.Ensure(context.Background(), []localbroker.Topic{{Name: name, Partitions: partitions}}); err != nil {
		t.Fatal(err)
	}
}

// read returns the records of a topic by partition. want is how many there are
// at least.
func (c *cluster) read(t failing, topic string, partitions, want int) [][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.broker.Addr()), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ends, err := (&Feeder{admin: kadm.NewClient(client)}).endOf(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, end := range ends {
		left += int(end)
	}
	if left < want {
		t.Fatalf("the topic has %d records, want %d", left, want)
	}
	all := make([][]string, partitions)
	for left > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%v; %d records are missing", err, left)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			all[r.Partition] = append(all[r.Partition], string(r.Value))
			left--
		})
	}
	return all
}

// lines is a file of n lines whose content and name tell them apart.
func lines(path string, n int) File {
	return File{Path: path, Stamp: fmt.Sprint(n), Records: func(context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for i := range n {
				if !yield(fmt.Appendf(nil, "%s %d", path, i), nil) {
					return
				}
			}
		}
	}}
}

func TestFeedOnceInTurn(t *testing.T) {
	c := newCluster(t)
	c.topic(t, "clicks", 2)
	sent, before, err := c.feed(t.Context(), "clicks", lines("/a", 5))
	if err != nil || sent != 5 || before != 0 {
		t.Fatalf("sent %d, before %d, %v", sent, before, err)
	}
	for _, again := range []File{lines("/a", 5), {Path: "/a", Stamp: "touched", Records: lines("/a", 5).Records}} {
		sent, before, err = c.feed(t.Context(), "clicks", again)
		if err != nil || sent != 0 || before != 5 {
			t.Fatalf("again: sent %d, before %d, %v", sent, before, err)
		}
	}
	if got, want := fmt.Sprint(c.read(t, "clicks", 2, 5)), "[[/a 0 /a 2 /a 4] [/a 1 /a 3]]"; got != want {
		t.Errorf("the topic has %s, want %s", got, want)
	}
}

func TestFeedWhatWasAdded(t *testing.T) {
	c := newCluster(t)
	c.topic(t, "clicks", 2)
	for _, step := range []struct{ lines, sent, before int64 }{{0, 0, 0}, {3, 3, 0}, {3, 0, 3}, {7, 4, 3}} {
		sent, before, err := c.feed(t.Context(), "clicks", lines("/a", int(step.lines)))
		if err != nil || sent != step.sent || before != step.before {
			t.Fatalf("%+v: sent %d, before %d, %v", step, sent, before, err)
		}
	}
	c.read(t, "clicks", 2, 7)
}

func TestChangedFilesAreRefused(t *testing.T) {
	other := func(n int) File { f := lines("/b", n); f.Path = "/a"; f.Stamp = "other"; return f }
	for name, file := range map[string]File{
		"other lines": other(3), "more of other lines": other(9), "fewer lines": lines("/a", 2), "empty": lines("/a", 0),
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			c.topic(t, "clicks", 1)
			if _, _, err := c.feed(t.Context(), "clicks", lines("/a", 3)); err != nil {
				t.Fatal(err)
			}
			sent, _, err := c.feed(t.Context(), "clicks", file)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || sent != 0 || f.Where != "/a" || !strings.Contains(f.Do, "--fresh") {
				t.Errorf("sent %d, %v", sent, err)
			}
			c.read(t, "clicks", 1, 3)
			// It can be put back.
			if _, before, err := c.feed(t.Context(), "clicks", lines("/a", 3)); err != nil || before != 3 {
				t.Errorf("put back: before %d, %v", before, err)
			}
		})
	}
}

func TestChangedWhileOpenIsRefused(t *testing.T) {
	c := newCluster(t)
	c.topic(t, "clicks", 1)
	if _, _, err := c.feed(t.Context(), "clicks", broken(lines("/a", 9), 4)); err == nil {
		t.Fatal("the file was read to its end")
	}
	changed := lines("/a", 9)
	changed.Stamp = "changed"
	if _, _, err := c.feed(t.Context(), "clicks", changed); err == nil || !strings.Contains(err.Error(), "has changed since a run was ended") {
		t.Errorf("error %v", err)
	}
}

var errBroken = errors.New("input/output error")

// broken is a file that cannot be read past some lines.
func broken(f File, after int) File { return at(f, after, func() error { return errBroken }) }

// at is a file during whose reading something happens before a line.
func at(f File, line int, do func() error) File {
	whole := f.Records
	f.Records = func(ctx context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			i := 0
			for record, err := range whole(ctx) {
				if i == line {
					if err := do(); err != nil {
						yield(nil, err)
						return
					}
				}
				if !yield(record, err) {
					return
				}
				i++
			}
		}
	}
	return f
}

// Whatever is added to files, and wherever runs are cut off: every line is in
// its topic once, and those of a file are in order in each partition.
func TestEachLineOnce(t *testing.T) {
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		c := &cluster{dir: filepath.Join(dir, fmt.Sprint(run)), ledger: filepath.Join(dir, fmt.Sprintf("%d.json", run))}
		c.open(rt)
		defer func() { c.broker.Close() }()
		const topic = "clicks"
		partitions := rapid.IntRange(1, 4).Draw(rt, "partitions")
		c.topic(rt, topic, partitions)
		size := map[string]int{}
		open := map[string]bool{} // was cut off: it may not grow until it was fed
		for range rapid.IntRange(1, 4).Draw(rt, "runs") {
			path := rapid.SampledFrom([]string{"/a", "/b"}).Draw(rt, "file")
			if !open[path] {
				size[path] += rapid.IntRange(0, 30).Draw(rt, "added")
			}
			if rapid.Bool().Draw(rt, "partition is added") {
				partitions++
				c.topic(rt, topic, partitions)
			}
			file, ctx := lines(path, size[path]), context.Background()
			cut := rapid.IntRange(0, 40).Draw(rt, "cut at")
			file = at(file, rapid.IntRange(0, 40).Draw(rt, "all is there at"), func() error { return c.feeding.Flush(ctx) })
			if rapid.Bool().Draw(rt, "cut by the file") {
				file = broken(file, cut)
			} else {
				var cancel context.CancelFunc
				ctx, cancel = context.WithCancel(ctx)
				file = at(file, cut, func() error { cancel(); return ctx.Err() })
			}
			_, _, err := c.feed(ctx, topic, file)
			// The broker ends with the run; what was on its way to it is gone.
			c.broker.Close()
			c.open(rt)
			if cut >= size[path] && err != nil {
				rt.Fatal(err)
			}
			open[path] = err != nil
		}
		want := 0
		for path, n := range size {
			if sent, before, err := c.feed(context.Background(), topic, lines(path, n)); err != nil || sent+before != int64(n) {
				rt.Fatalf("%s of %d lines: sent %d, before %d, %v", path, n, sent, before, err)
			}
			want += n
		}
		seen := map[string]bool{}
		for p, records := range c.read(rt, topic, partitions, want) {
			last := map[string]int{}
			for _, record := range records {
				var path string
				var number int
				if _, err := fmt.Sscan(record, &path, &number); err != nil {
					rt.Fatal(err)
				}
				if before, ok := last[path]; ok && before >= number {
					rt.Fatalf("partition %d has %v", p, records)
				}
				last[path] = number
				if seen[record] {
					rt.Fatalf("%q is there twice", record)
				}
				seen[record] = true
			}
		}
		if len(seen) != want {
			rt.Fatalf("%d lines are there, want %d", len(seen), want)
		}
	})
}

func TestRecordThatIsTooLarge(t *testing.T) {
	c := newCluster(t)
	c.topic(t, "clicks", 1)
	file := File{Path: "/big", Stamp: "1", Records: func(context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			_ = yield([]byte("small"), nil) && yield([]byte(strings.Repeat("x", 2*localbroker.MaxRecord)), nil)
		}
	}}
	_, _, err := c.feed(t.Context(), "clicks", file)
	if err == nil || !strings.Contains(err.Error(), "/big: record 2 has 2097152 bytes") {
		t.Errorf("error %v", err)
	}
}

func TestTopicThatIsMissing(t *testing.T) {
	_, _, err := newCluster(t).feed(t.Context(), "clicks", lines("/a", 1))
	if err == nil || !strings.Contains(err.Error(), `the topic "clicks" cannot be fed`) {
		t.Errorf("error %v", err)
	}
}

func TestLedgerThatCannotBeRead(t *testing.T) {
	for _, text := range []string{`{"api":1,"entries":`, `{"api":2}`, `[]`} {
		c := newCluster(t)
		if err := os.WriteFile(c.ledger, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := c.feed(t.Context(), "clicks", lines("/a", 1))
		if err == nil || !strings.Contains(err.Error(), "--fresh") {
			t.Errorf("%s: error %v", text, err)
		}
	}
}
