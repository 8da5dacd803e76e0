package results

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/cmd/spaas/internal/localbroker"
)

// broker is an embedded broker with topics of two partitions, and what dials it.
func broker(t *testing.T, topics ...string) func(...kgo.Opt) (*kgo.Client, error) {
	t.Helper()
	b, err := localbroker.Open(t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	for _, topic := range topics {
		if err := b.Ensure(t.Context(), []localbroker.Topic{{Name: topic, Partitions: 2}}); err != nil {
			t.Fatal(err)
		}
	}
	return func(o ...kgo.Opt) (*kgo.Client, error) { return kgo.NewClient(append(o, kgo.SeedBrokers(b.Addr()))...) }
}

func produce(t *testing.T, c *kgo.Client, topic string, values ...string) {
	t.Helper()
	for i, v := range values {
		r := &kgo.Record{Topic: topic, Partition: int32(i % 2), Value: []byte(v)}
		if err := c.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// told collects what a follower tells.
type told struct {
	mu  sync.Mutex
	all []string
}

func (x *told) tell(results []Result) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, r := range results {
		x.all = append(x.all, r.Sink+"="+string(r.Value))
	}
}

func (x *told) sorted() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return fmt.Sprint(slices.Sorted(slices.Values(x.all)))
}

func follow(t *testing.T, dial func(...kgo.Opt) (*kgo.Client, error), topics map[string]string, x *told) *Follower {
	t.Helper()
	f, err := Follow(t.Context(), dial, topics, x.tell)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func catchUp(t *testing.T, f *Follower) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := f.CatchUp(ctx); err != nil {
		t.Fatalf("%v; read up to %v", err, f.next)
	}
}

func TestFollow(t *testing.T) {
	dial := broker(t, "counts", "notes")
	writer, err := dial(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	produce(t, writer, "counts", "of an earlier run")
	var x told
	f := follow(t, dial, map[string]string{"counts": "counts", "again": "counts", "notes": "notes"}, &x)
	catchUp(t, f) // nothing is new
	produce(t, writer, "counts", "a", "b", "c")
	produce(t, writer, "notes", "n")
	catchUp(t, f)
	if got, want := x.sorted(), "[again=a again=b again=c counts=a counts=b counts=c notes=n]"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestFollowNothing(t *testing.T) {
	var x told
	catchUp(t, follow(t, broker(t), nil, &x))
}

// Only committed results are told, and the markers that end transactions do not
// keep CatchUp waiting.
func TestFollowTransactions(t *testing.T) {
	dial := broker(t, "counts")
	writer, err := dial(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	var x told
	f := follow(t, dial, map[string]string{"counts": "counts"}, &x)
	for _, step := range []struct {
		value  string
		commit kgo.TransactionEndTry
	}{{"one", kgo.TryCommit}, {"never", kgo.TryAbort}, {"two", kgo.TryCommit}, {"neither", kgo.TryAbort}} {
		if err := writer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		produce(t, writer, "counts", step.value, step.value)
		if err := writer.EndTransaction(t.Context(), step.commit); err != nil {
			t.Fatal(err)
		}
	}
	catchUp(t, f)
	if got, want := x.sorted(), "[counts=one counts=one counts=two counts=two]"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestCatchUpEndsWithItsContext(t *testing.T) {
	dial := broker(t, "counts")
	var x told
	f := follow(t, dial, map[string]string{"counts": "counts"}, &x)
	f.mu.Lock()
	delete(f.next["counts"], 0) // as if it had never been read
	f.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.CatchUp(ctx) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
