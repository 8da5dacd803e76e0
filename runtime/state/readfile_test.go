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
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/checkpoint"
)

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
