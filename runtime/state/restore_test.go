package state

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
)

// operator is all subtasks of an operator with one state of panes.
type operator[K comparable, V any] struct {
	t      testing.TB
	groups int
	hash   func([]K, []uint64)
	tasks  []*Subtask
	panes  []*PaneTable[K, V]
}

func newOperator[K comparable, V any](t testing.TB, groups, parallelism int) *operator[K, V] {
	t.Helper()
	hash, err := HashOf[K]()
	if err != nil {
		t.Fatal(err)
	}
	o := &operator[K, V]{t: t, groups: groups, hash: hash}
	for i := range parallelism {
		from, to := GroupRange(groups, parallelism, i)
		s := NewSubtask("count per key", groups, from, to, Memory())
		p, err := Panes[K, V](s, "panes")
		if err != nil {
			t.Fatal(err)
		}
		o.tasks, o.panes = append(o.tasks, s), append(o.panes, p)
	}
	return o
}

// at is the value of a key in a pane, wherever it lives.
func (o *operator[K, V]) at(start int64, k K) *V {
	var h [1]uint64
	o.hash([]K{k}, h[:])
	g := KeyGroup(h[0], o.groups)
	i := slices.IndexFunc(o.tasks, func(s *Subtask) bool { return s.from <= g && g < s.to })
	return o.panes[i].Pane(start).At(h[0], k)
}

// freeze takes the state of all subtasks.
func (o *operator[K, V]) freeze(n uint64) []*Frozen {
	o.t.Helper()
	var all []*Frozen
	for _, s := range o.tasks {
		f, err := s.Freeze(n)
		if err != nil {
			o.t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// write writes frozen states and returns the parts.
func write(t testing.TB, store blob.Store, name string, frozen []*Frozen) []checkpoint.OperatorSnapshot {
	t.Helper()
	var parts []checkpoint.OperatorSnapshot
	for i, f := range frozen {
		s, err := f.Write(t.Context(), store, fmt.Sprintf("state/%s-%d-", name, i))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s)
	}
	return parts
}

func (o *operator[K, V]) restore(store blob.Store, parts []checkpoint.OperatorSnapshot) error {
	for _, s := range o.tasks {
		if err := s.Restore(context.Background(), store, parts); err != nil {
			return err
		}
	}
	return nil
}

type cell[K comparable] struct {
	start int64
	key   K
}

// all are all rows, after a check that each is where it belongs.
func (o *operator[K, V]) all() map[cell[K]]V {
	o.t.Helper()
	all := map[cell[K]]V{}
	for i, p := range o.panes {
		n := 0
		for _, start := range p.Starts() {
			for _, r := range p.Lookup(start).Rows() {
				var h [1]uint64
				o.hash([]K{r.Key}, h[:])
				if g := KeyGroup(r.Hash, o.groups); r.Hash != h[0] || g < o.tasks[i].from || g >= o.tasks[i].to {
					o.t.Fatalf("key %v of group %d is in subtask %d", r.Key, g, i)
				}
				all[cell[K]{start, r.Key}] = r.Value
				n++
			}
		}
		if n != p.Len() || !slices.IsSorted(p.Starts()) {
			o.t.Fatalf("subtask %d has %d rows, says %d, in panes %v", i, n, p.Len(), p.Starts())
		}
	}
	return all
}

type visits struct {
	N     int64
	Pages string
}

type basket struct {
	N     int
	Items map[string]int
	Last  []string
}

// TestRestoreAtAnyParallelism: what a barrier saw is what any number of
// subtasks restore, whatever happened after the barrier.
func TestRestoreAtAnyParallelism(t *testing.T) {
	t.Run("flat values", func(t *testing.T) {
		anyParallelism(t, func(v *visits, n int) {
			v.N += int64(n)
			v.Pages = fmt.Sprint("/", v.N)
		})
	})
	t.Run("values that are changed in place", func(t *testing.T) {
		anyParallelism(t, func(v *basket, n int) {
			if v.Items == nil {
				v.Items = map[string]int{}
			}
			v.N += n
			v.Items[fmt.Sprint(n)]++
			if v.Last = append(v.Last, "x"); len(v.Last) > 2 {
				v.Last[0] = fmt.Sprint(n)
			}
		})
	})
}

func anyParallelism[V any](t *testing.T, add func(v *V, n int)) {
	rapid.Check(t, func(r *rapid.T) {
		groups := rapid.SampledFrom([]int{1, 2, 7, 128, 1000}).Draw(r, "groups")
		parallelism := rapid.IntRange(1, 5)
		o := newOperator[visit, V](t, groups, parallelism.Draw(r, "parallelism"))
		model := map[cell[visit]]*V{}
		event := func(r *rapid.T) {
			start := rapid.Int64Range(-3, 3).Draw(r, "window") * 3600e9
			k := visit{User: userID(rapid.IntRange(-50, 50).Draw(r, "user")), Country: "DE"}
			n := rapid.IntRange(1, 5).Draw(r, "n")
			add(o.at(start, k), n)
			if model[cell[visit]{start, k}] == nil {
				model[cell[visit]{start, k}] = new(V)
			}
			add(model[cell[visit]{start, k}], n)
		}
		events := func(label string) {
			for range rapid.IntRange(0, 200).Draw(r, label) {
				event(r)
			}
		}
		events("before")
		want := map[cell[visit]]string{}
		for c, v := range model {
			want[c] = fmt.Sprintf("%+v", *v)
		}
		store, frozen := blobtest.NewMemory(), o.freeze(1)
		var parts []checkpoint.OperatorSnapshot
		var wg sync.WaitGroup
		wg.Go(func() { parts = write(t, store, "a", frozen) })
		events("after")
		if rapid.Bool().Draw(r, "drop") {
			for _, p := range o.panes {
				for _, start := range slices.Clone(p.Starts()) {
					p.Drop(start)
				}
			}
			events("after the drop")
		}
		wg.Wait()
		for range 3 {
			restored := newOperator[visit, V](t, groups, parallelism.Draw(r, "restored parallelism"))
			if err := restored.restore(store, parts); err != nil {
				r.Fatal(err)
			}
			got := map[cell[visit]]string{}
			for c, v := range restored.all() {
				got[c] = fmt.Sprintf("%+v", v)
			}
			if !maps.Equal(got, want) {
				r.Fatalf("restored %v\nwant %v", got, want)
			}
			// On from there: the next checkpoint starts from what was restored.
			parts = write(t, store, fmt.Sprint("b", len(blobs(t, store))), restored.freeze(2))
		}
	})
}

func blobs(t testing.TB, s blob.Store) []string {
	t.Helper()
	infos, err := s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range infos {
		names = append(names, i.Name)
	}
	return names
}

// TestManyRows makes blocks full, keys and values long, and chunks many.
func TestManyRows(t *testing.T) {
	const n = 50_000
	o := newOperator[string, visits](t, 128, 3)
	for i := range n {
		*o.at(int64(i%2), fmt.Sprint("key ", i)) = visits{int64(i), strings.Repeat("p", i%50)}
	}
	*o.at(0, strings.Repeat("long ", 1<<18)) = visits{7, strings.Repeat("page ", 1<<18)}
	store := blob.NewFolder(t.TempDir())
	parts := write(t, store, "many", o.freeze(1))
	for _, parallelism := range []int{1, 2, 3, 8, 200} {
		restored := newOperator[string, visits](t, 128, parallelism)
		if err := restored.restore(store, parts); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(restored.all(), o.all()) {
			t.Fatalf("the rows differ at parallelism %d", parallelism)
		}
	}
}

// TestOnlyFilesWithOwnRowsAreRead: at the parallelism of before, a subtask reads
// one file.
func TestOnlyFilesWithOwnRowsAreRead(t *testing.T) {
	store, parts := small(t)
	reads := blobtest.NewFaults(store, func(blobtest.Op) (blobtest.When, error) { return blobtest.Works, nil })
	for parallelism, want := range map[int]int{1: 2, 2: 2, 4: 4, 3: 4} {
		before := reads.Ops()
		if err := newOperator[int64, visits](t, 16, parallelism).restore(reads, parts); err != nil {
			t.Fatal(err)
		}
		if n := reads.Ops() - before; n != want {
			t.Errorf("%d subtasks read %d files, want %d", parallelism, n, want)
		}
	}
}

func TestSchemasMayGrow(t *testing.T) {
	type wide struct {
		Pages []byte
		N     float64
		New   *visits
	}
	store, parts := small(t)
	o := newOperator[int64, wide](t, 16, 3)
	if err := o.restore(store, parts); err != nil {
		t.Fatal(err)
	}
	if v := o.at(0, 33); !reflect.DeepEqual(*v, wide{Pages: []byte("/33"), N: 33}) {
		t.Errorf("%+v", *v)
	}
	// A key may widen: its hash stays.
	narrow := newOperator[int16, int](t, 16, 2)
	*narrow.at(0, -5) = 5
	keys := newOperator[int64, int](t, 16, 3)
	if err := keys.restore(store, write(t, store, "narrow", narrow.freeze(1))); err != nil || *keys.at(0, -5) != 5 {
		t.Error(err)
	}
	// A field of a key may not be renamed: its values would be lost.
	type before struct{ ID, Shop int }
	type after struct{ ID, Store int }
	old := newOperator[before, int](t, 16, 1)
	*old.at(0, before{1, 2}) = 3
	err := newOperator[after, int](t, 16, 1).restore(store, write(t, store, "old", old.freeze(1)))
	if err == nil || !strings.Contains(err.Error(), "fields of the key have changed: [Store] are new, [Shop] are gone") {
		t.Error(err)
	}
}

func TestStatesThatCannotBe(t *testing.T) {
	s := NewSubtask("op", 128, 0, 128, Memory())
	type key struct {
		ID   int
		Name string `spaas:"-"`
	}
	_, err := Panes[key, func()](s, "x")
	want := "state.key.Name: a key cannot leave out a field: keys that differ in it would become one (remove its tag spaas:\"-\")\nfunc() cannot be kept (use"
	if err == nil || !strings.HasPrefix(err.Error(), want) || !fault.Incurable(err) {
		t.Error(err)
	}
	_, err = Panes[float64, chan int](s, "x")
	want = "float64 cannot be a key: it has no stable hash (key by an integer, such as cents)\nchan int cannot be kept"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Error(err)
	}
	if _, err := Panes[int, int](s, "x"); err != nil {
		t.Error(err)
	}
	if _, err := Panes[int, string](s, "x"); err == nil || err.Error() != `operator "op" has two states called "x"` {
		t.Error(err)
	}
	if _, err := BackendOf("peble"); err == nil || err.Error() != `there is no state backend "peble" (use memory)` {
		t.Error(err)
	}
	if b, err := BackendOf("memory"); err != nil || b.Name() != "memory" {
		t.Error(b, err)
	}
}

func TestEmptyStateHasNoFile(t *testing.T) {
	o, store := newOperator[int, int](t, 4, 2), blobtest.NewMemory()
	parts := write(t, store, "none", o.freeze(1))
	if names := blobs(t, store); len(names) > 0 || parts[1].From != 2 || parts[1].To != 4 || parts[0].States[0].Name != "panes" {
		t.Errorf("%v %+v", names, parts)
	}
	if err := newOperator[int, int](t, 4, 3).restore(store, parts); err != nil {
		t.Error(err)
	}
}

func TestFileNames(t *testing.T) {
	seen := map[string]string{}
	for _, operator := range []string{"count", "count per key", "count-per-key", "count/per/key", "größe", "a.b", "a-b", strings.Repeat("x", 300), strings.Repeat("x", 301), ""} {
		name := "state/p-" + fileName(operator)
		if other, taken := seen[name]; taken {
			t.Errorf("%q and %q both have the file %s", operator, other, name)
		}
		seen[name] = operator
		if err := blob.CheckName(name); err != nil || len(name) > 120 {
			t.Error(name, err)
		}
	}
}
