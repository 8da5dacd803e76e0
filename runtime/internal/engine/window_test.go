package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/enginetest"
	"github.com/spaas/spaas/runtime/state"
)

// counts is a graph that counts events, which are "second key", per key and ten
// seconds. Its results are "key start count".
func counts(t testing.TB, lateness time.Duration) *Graph {
	return countsOf(t, lateness, func(string) {})
}

// countsOf is counts with a function that sees each event before it gets its key.
func countsOf(t testing.TB, lateness time.Duration, see func(string)) *Graph {
	hash, err := state.HashOf[string]()
	if err != nil {
		t.Fatal(err)
	}
	g := &Graph{}
	in := g.Add(&Node{Kind: KindSource, Name: "in", Type: "string"})
	o := From[string](g, in)
	o.EventTime(func(s string) time.Time {
		sec, _, _ := strings.Cut(s, " ")
		n, err := strconv.Atoi(sec)
		if err != nil {
			return time.Time{}
		}
		return time.Unix(int64(n), 0)
	}, 0)
	by := g.Add(&Node{Kind: KindKeyBy, Name: "by", Inputs: []*Node{in}})
	keyed := KeyBy(&o.Port, by, func(s string) string {
		see(s)
		_, key, _ := strings.Cut(s, " ")
		return key
	}, hash)
	w := g.Add(&Node{Kind: KindWindow, Name: "counts", Site: "job.go:7", Inputs: []*Node{by}})
	out := Reduce(keyed, w, Tumbling{int64(10 * time.Second), int64(lateness)},
		func(n int64, s string) int64 {
			if strings.HasSuffix(s, "bomb") {
				panic("a bomb")
			}
			return n + 1
		},
		func(to *string, key string, start, _ int64, n *int64) {
			*to = fmt.Sprintf("%s %d %d", key, time.Duration(start)/time.Second, *n)
		})
	To(out, g.Add(&Node{Kind: KindSink, Name: "out", Inputs: []*Node{w}}))
	return g
}

// Subtasks may differ by how far in time they were, because each has seen its
// inputs idle at its own moment. Restored together, what one had fired does not
// fire again, and what the other had not fires.
func TestRestoreDifferentTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := enginetest.NewSource(false), newOut(connect.AtLeastOnce)
		in.AddText("a")
		o := copying(in, out)
		o.Parallelism, o.Store = 2, blobtest.NewMemory()
		in.Hold(true)
		r, c := start(t, counts(t, 100*time.Second), o, nil)
		synctest.Wait()
		in.Hold(false)
		keys := []string{"k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"}
		for _, k := range keys {
			in.AddText("a", "1 "+k, "11 "+k)
		}
		synctest.Wait()
		n, err := r.Savepoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fired := out.Values()
		if len(fired) != len(keys) {
			t.Fatalf("fired %q", fired)
		}

		// One of the two says now that it had not come past 5.
		m := c.manifest(n)
		parts := m.Operators["counts"]
		behind := slices.IndexFunc(parts, func(p part) bool { return p.From == 0 })
		parts[behind].Watermark = int64(5 * time.Second)
		var again []string
		hash, _ := state.HashOf[string]()
		hs := make([]uint64, len(keys))
		hash(keys, hs)
		for i, k := range keys {
			if state.KeyGroup(hs[i], 128) < parts[behind].To {
				again = append(again, k+" 0 1")
			}
		}
		if len(again) == 0 || len(again) == len(keys) {
			t.Fatalf("the keys are all in one subtask: %q", again)
		}
		for _, parallelism := range []int{1, 2, 3} {
			out := newOut(connect.AtLeastOnce)
			o.Sinks = copying(in, out).Sinks
			o.Parallelism = parallelism
			r, _ := start(t, counts(t, 100*time.Second), o, m)
			synctest.Wait() // one that is behind with all its parts waits for its inputs
			if _, err := r.Savepoint(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := out.Values()
			slices.Sort(got)
			if !slices.Equal(got, again) {
				t.Errorf("parallelism %d: fired %q, want %q", parallelism, got, again)
			}
		}
	})
}

// The pre-commits of a cut whose state cannot be written come with the next.
func TestStateCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := enginetest.NewSource(false), newOut(connect.ExactlyOnce)
		in.AddText("a")
		store := &fullStore{Store: blobtest.NewMemory()}
		o := copying(in, out)
		o.Store = store
		r, c := start(t, counts(t, 0), o, nil)
		in.AddText("a", "1 k", "11 k", "21 k")
		synctest.Wait()
		store.full = errors.New("the store is full")
		n, declined := c.trigger()
		<-declined
		if err := c.declined[n]; !errors.Is(err, store.full) || !strings.Contains(err.Error(), `"counts"`) {
			t.Errorf("declined with %v", err)
		}
		store.full = nil
		in.AddText("a", "31 k")
		synctest.Wait()
		n, err := r.Savepoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := (committer{r}).Commit(t.Context(), n, "out", c.manifest(n).Committables["out"]); err != nil {
			t.Fatal(err)
		}
		if got := out.Values(); !slices.Equal(got, []string{"k 0 1", "k 10 1", "k 20 1"}) {
			t.Errorf("visible are %q", got)
		}
	})
}

// fullStore is a store that takes nothing while it is full.
type fullStore struct {
	blob.Store
	full error
}

func (s *fullStore) Create(ctx context.Context, name string, content io.Reader) error {
	if s.full != nil {
		return s.full
	}
	return s.Store.Create(ctx, name, content)
}

// A panic behind an exchange still says where the events were read.
func TestPanicBehindExchange(t *testing.T) {
	in := enginetest.NewSource(true)
	in.AddText("a", "1 x", "2 y", "3 bomb", "4 z")
	o := copying(in, newOut(connect.AtLeastOnce))
	o.Parallelism = 2
	r, _ := start(t, counts(t, 0), o, nil)
	err := ended(t, r)
	if _, ok := errors.AsType[*PanicError](err); !ok {
		t.Fatal(err)
	}
	for _, says := range []string{`window "counts"`, "job.go:7", "subtask ", "a@0-3", "a bomb"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error does not say %q: %v", says, err)
		}
	}
}

// What a checkpoint holds and the code does not have, and what it was made with,
// is told at the start, all at once.
func TestCheckpointDoesNotFit(t *testing.T) {
	in := enginetest.NewSource(true)
	m := &manifest{
		Checkpoint: 7, KeyGroups: 64,
		Operators:    map[string][]part{"cuonts": nil, "counts": nil},
		Committables: map[string][]json.RawMessage{"gone": {json.RawMessage(`{}`)}},
	}
	_, _, err := tryStart(t, counts(t, 0), copying(in, newOut(connect.AtLeastOnce)), m)
	if err == nil {
		t.Fatal("it starts")
	}
	for _, says := range []string{
		"checkpoint 7: it has 64 key groups, the config says 128",
		`checkpoint 7: it holds state of operator "cuonts", which the code does not have (did you mean "counts"?`,
		`checkpoint 7: it holds results for sink "gone"`,
	} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error does not say %q: %v", says, err)
		}
	}
}

// Windows of another length than in the checkpoint are refused: those that are
// open would end in the middle of their events.
func TestOtherWindow(t *testing.T) {
	m := &manifest{Checkpoint: 7, KeyGroups: 128, Operators: map[string][]part{"counts": {{To: 128, Window: int64(time.Hour)}}}}
	_, _, err := tryStart(t, counts(t, 0), copying(enginetest.NewSource(true), newOut(connect.AtLeastOnce)), m)
	if !fault.Incurable(err) || !strings.Contains(err.Error(), `checkpoint 7: the windows of "counts" are 1h long in it, and 10s now (make them 1h again (job.go:7)`) {
		t.Errorf("error %v", err)
	}
}

// Windows before 1970 and at the ends of time.
func TestWindowEdges(t *testing.T) {
	o := &windowOp[int, int, int, int]{size: 10}
	for _, tt := range []struct{ ts, start int64 }{{0, 0}, {9, 0}, {10, 10}, {-1, -10}, {-10, -10}, {-11, -20}} {
		if got := floorDiv(tt.ts, o.size) * o.size; got != tt.start {
			t.Errorf("%d is in the window from %d, want %d", tt.ts, got, tt.start)
		}
	}
	if o.end(latest-3) != latest {
		t.Error("the last window ends beyond time")
	}
	for _, tt := range []struct{ t, d, want int64 }{{5, 3, 2}, {earliest, 3, earliest}, {earliest + 2, 3, earliest}, {latest, 3, latest}} {
		if got := back(tt.t, tt.d); got != tt.want {
			t.Errorf("%d back from %d is %d, want %d", tt.d, tt.t, got, tt.want)
		}
	}
}
