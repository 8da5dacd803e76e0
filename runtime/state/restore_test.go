package state

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

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

// small writes a small state and returns its store and parts.
func small(t testing.TB) (*blobtest.Memory, []checkpoint.OperatorSnapshot) {
	t.Helper()
	o := newOperator[int64, visits](t, 16, 2)
	for k := range int64(100) {
		*o.at(k%3*3600e9, k) = visits{k, fmt.Sprint("/", k)}
	}
	store := blobtest.NewMemory()
	return store, write(t, store, "small", o.freeze(1))
}

// TestGoldenFile: what version 1 wrote is read for ever.
func TestGoldenFile(t *testing.T) {
	store, parts := small(t)
	path := filepath.Join("testdata", "version1.hex")
	content := blobtest.Read(t, store, parts[1].Files[0].Name)
	if *update {
		if err := os.WriteFile(path, []byte(hex.Dump([]byte(content))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.Dump([]byte(content)); got != string(want) {
		t.Errorf("the file has changed: if that is meant, it needs a new version, and this one must stay readable\n%s", got)
	}
}

func TestRestoreNamesWhatIsWrong(t *testing.T) {
	where := "state/small-1-" + fileName("count per key") + " of memory: a file of the state of operator \"count per key\" "
	sealed := func(change func([]byte) []byte) func(*blobtest.Memory, []checkpoint.OperatorSnapshot) {
		return func(m *blobtest.Memory, parts []checkpoint.OperatorSnapshot) {
			f := &parts[1].Files[0]
			m.Corrupt(f.Name, change)
			content := []byte(blobtest.Read(t, m, f.Name))
			sum := sha256.Sum256(content)
			f.Size, f.SHA256 = int64(len(content)), hex.EncodeToString(sum[:])
		}
	}
	corrupt := func(change func([]byte) []byte) func(*blobtest.Memory, []checkpoint.OperatorSnapshot) {
		return func(m *blobtest.Memory, parts []checkpoint.OperatorSnapshot) {
			m.Corrupt(parts[1].Files[0].Name, change)
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*blobtest.Memory, []checkpoint.OperatorSnapshot)
		want  string
	}{
		{"missing", func(m *blobtest.Memory, p []checkpoint.OperatorSnapshot) {
			if err := m.Delete(t.Context(), p[1].Files[0].Name); err != nil {
				t.Fatal(err)
			}
		}, where + "is missing"},
		{"truncated", corrupt(func(b []byte) []byte { return b[:len(b)-1] }), where + "is truncated: it has "},
		{"empty", corrupt(func([]byte) []byte { return nil }), where + "is truncated: it has 0 bytes of "},
		{"longer", corrupt(func(b []byte) []byte { return append(b, 0) }), where + "is too long: it has "},
		{"one bit", corrupt(func(b []byte) []byte { b[len(b)/2] ^= 4; return b }), where + "was changed: its SHA-256 is "},
		{"other magic", sealed(func(b []byte) []byte { b[0] = 'S'; return b }), where + "is no state file"},
		{"other version", sealed(func(b []byte) []byte { b[8] = 2; return b }), where + "has version 2 of the format, this binary reads version 1"},
		{"other groups", sealed(func(b []byte) []byte { b[12] = 17; return b }), where + "has 17 key groups, the job has 16"},
		{"no end", sealed(func(b []byte) []byte { return b[:len(b)-2] }), where + "ends without an end"},
		{"other count", sealed(func(b []byte) []byte { b[len(b)-1]++; return b }), where + "has "},
		{"more", sealed(func(b []byte) []byte { return append(b, 0) }), where + "goes on after its end"},
		{"a row in another group", sealed(func(b []byte) []byte { b[18]++; return b }), where + "has a row that cannot be read: window start 0, key "},
		{"fewer rows than a block has", sealed(func(b []byte) []byte { b[19]--; return b }),
			where + "has a row that cannot be read: window start 0, a block is longer than its rows"},
		{"a block twice", sealed(func(b []byte) []byte {
			first := b[headerSize : headerSize+5+int(b[headerSize+4])]
			return slices.Insert(b, headerSize, first...)
		}), where + "has a row that cannot be read: window start 0, key "},
		{"unknown state", sealed(func(b []byte) []byte { b[16] = 9; return b }), where + "has an impossible block: state 9, key group 8"},
		{"a gap", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) { p[1].From = 9 },
			`state of operator "count per key": no part of the checkpoint holds its key groups 8 to 8`},
		{"an overlap", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) { p[1].From = 7 },
			`state of operator "count per key": two parts of the checkpoint hold its key group 7`},
		{"fewer groups", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) { p[1].To = 15 },
			`state of operator "count per key": it has 15 key groups in the checkpoint and 16 in this job; the number cannot change`},
		{"a group of another part", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) { p[0].To, p[1].From = 9, 9 },
			where + "has an impossible block"},
		{"unknown state in the manifest", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) {
			p[1].States = slices.Clone(p[1].States)
			p[1].States[0].Name = "sums"
		}, `state of operator "count per key": the checkpoint has a state "sums", which this job does not declare: it would be lost`},
		{"other hash", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) {
			p[1].States = slices.Clone(p[1].States)
			p[1].States[0].Hash = "spaas0-int64"
		}, `state "panes" of operator "count per key" does not fit the checkpoint: keys hash by spaas1-int64, and hashed by spaas0-int64 (key by what it was keyed by`},
		{"other kind", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) {
			p[1].States = slices.Clone(p[1].States)
			p[1].States[0].Kind = "lists"
		}, `state "panes" of operator "count per key" does not fit the checkpoint: it is a state of panes, and was of lists`},
		{"other value", func(_ *blobtest.Memory, p []checkpoint.OperatorSnapshot) {
			p[1].States = slices.Clone(p[1].States)
			p[1].States[0].Value = []byte(`{"type":"record","name":"visits","fields":[{"name":"N","type":"string"}]}`)
		}, `state "panes" of operator "count per key" does not fit the checkpoint: value: field N: string cannot become int64 (give`},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, parts := small(t)
			good := slices.Clone(parts)
			good[1].Files = slices.Clone(parts[1].Files)
			content := blobtest.Read(t, store, parts[1].Files[0].Name)
			c.spoil(store, parts)
			o := newOperator[int64, visits](t, 16, 1)
			err := o.restore(store, parts)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("%v, want %s", err, c.want)
			}
			if !fault.Incurable(err) {
				t.Error("a restart would not cure it")
			}
			if p := o.panes[0]; p.Len() > 0 || len(p.Starts()) > 0 || len(p.restored.starts) > 0 {
				t.Errorf("%d rows were kept", p.Len())
			}
			// And then the right one.
			if err := store.Replace(t.Context(), good[1].Files[0].Name, strings.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			if err := o.restore(store, good); err != nil || o.panes[0].Len() != 100 {
				t.Error(o.panes[0].Len(), err)
			}
		})
	}
}

// TestStoreFails: what fails in the store is no fault of the file, and a
// restart may cure it.
func TestStoreFails(t *testing.T) {
	down := errors.New("connection reset")
	store, parts := small(t)
	fails := func(kind string) blob.Store {
		return blobtest.NewFaults(store, func(op blobtest.Op) (blobtest.When, error) {
			if op.Kind == kind {
				return blobtest.Fails, down
			}
			return blobtest.Works, nil
		})
	}
	o := newOperator[int64, visits](t, 16, 1)
	for name, s := range map[string]blob.Store{"open": fails("open"), "read": halfRead{store, down}} {
		if err := o.restore(s, parts); !errors.Is(err, down) || fault.Incurable(err) || o.panes[0].Len() > 0 {
			t.Errorf("%s: %v, %d rows", name, err, o.panes[0].Len())
		}
	}
	if err := o.restore(store, parts); err != nil {
		t.Fatal(err)
	}
	frozen := o.freeze(2)
	if _, err := frozen[0].Write(t.Context(), fails("create"), "state/x-"); !errors.Is(err, down) {
		t.Error(err)
	}
	// The state goes on, and the next checkpoint is whole.
	*o.at(0, 0) = visits{N: -1}
	again := newOperator[int64, visits](t, 16, 4)
	if err := again.restore(store, write(t, store, "next", o.freeze(3))); err != nil || !maps.Equal(again.all(), o.all()) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.tasks[0].Restore(ctx, store, parts); !errors.Is(err, context.Canceled) || fault.Incurable(err) {
		t.Error(err)
	}
	if _, err := o.freeze(4)[0].Write(ctx, store, "state/y-"); !errors.Is(err, context.Canceled) {
		t.Error(err)
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

// halfRead is a store whose reads break off.
type halfRead struct {
	blob.Store
	err error
}

func (s halfRead) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	content, err := s.Store.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	var first [20]byte
	if _, err := io.ReadFull(content, first[:]); err != nil {
		return nil, err
	}
	return io.NopCloser(io.MultiReader(bytes.NewReader(first[:]), iotest.ErrReader(s.err))), nil
}

// FuzzRestore: no content of a file that the manifest vouches for makes Restore
// panic, or keep rows in the wrong place.
func FuzzRestore(f *testing.F) {
	store, parts := small(f)
	f.Add([]byte(blobtest.Read(f, store, parts[1].Files[0].Name)))
	f.Add(appendHeader(nil, 16))
	f.Fuzz(func(t *testing.T, content []byte) {
		sum := sha256.Sum256(content)
		parts := slices.Clone(parts)
		parts[1].Files = []checkpoint.File{{Name: "fuzz", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}}
		fuzzed := blobtest.NewMemory()
		if err := errors.Join(
			fuzzed.Create(t.Context(), parts[0].Files[0].Name, strings.NewReader(blobtest.Read(t, store, parts[0].Files[0].Name))),
			fuzzed.Create(t.Context(), "fuzz", bytes.NewReader(content)),
		); err != nil {
			t.Fatal(err)
		}
		o := newOperator[int64, visits](t, 16, 1)
		if err := o.restore(fuzzed, parts); err != nil && o.panes[0].Len() > 0 {
			t.Fatalf("%d rows were kept of a failure: %v", o.panes[0].Len(), err)
		}
		o.all()
	})
}
