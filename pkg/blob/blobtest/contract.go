// Package blobtest tests stores and what is built on them: the contract suite
// that every store passes, a store in memory, and one that fails on purpose.
// Only tests import it.
package blobtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/spaas/spaas/pkg/blob"
)

// TestStore runs the contract of blob.Store against new, empty stores.
func TestStore(t *testing.T, empty func(t *testing.T) blob.Store) {
	t.Run("create once", func(t *testing.T) {
		s := empty(t)
		if err := s.Create(t.Context(), "a/b/c", strings.NewReader("first")); err != nil {
			t.Fatal(err)
		}
		if err := s.Create(t.Context(), "a/b/c", strings.NewReader("second")); !errors.Is(err, blob.ErrExists) {
			t.Fatalf("second creation: %v, want ErrExists", err)
		}
		if got := Read(t, s, "a/b/c"); got != "first" {
			t.Fatalf("read %q", got)
		}
	})
	t.Run("replace", func(t *testing.T) {
		s := empty(t)
		for _, want := range []string{"one", "two, which is longer", ""} {
			if err := s.Replace(t.Context(), "doc.json", strings.NewReader(want)); err != nil {
				t.Fatal(err)
			}
			if got := Read(t, s, "doc.json"); got != want {
				t.Fatalf("read %q, want %q", got, want)
			}
		}
		if err := s.Create(t.Context(), "doc.json", strings.NewReader("x")); !errors.Is(err, blob.ErrExists) {
			t.Fatalf("creation of a replaced blob: %v, want ErrExists", err)
		}
	})
	t.Run("absent", func(t *testing.T) {
		s := empty(t)
		if _, err := s.Open(t.Context(), "nothing"); !errors.Is(err, blob.ErrNotFound) {
			t.Fatalf("open: %v, want ErrNotFound", err)
		}
		if err := s.Delete(t.Context(), "nothing"); err != nil {
			t.Fatalf("delete: %v", err)
		}
		if infos, err := s.List(t.Context(), "nothing/"); err != nil || len(infos) > 0 {
			t.Fatalf("list: %v, %v", infos, err)
		}
	})
	t.Run("list and delete", func(t *testing.T) {
		s := empty(t)
		for _, name := range []string{"log/2", "log/10", "log/1", "log-book", "state/log/1", "logic/x"} {
			if err := s.Create(t.Context(), name, strings.NewReader(name)); err != nil {
				t.Fatal(err)
			}
		}
		list := func(prefix string) string {
			t.Helper()
			infos, err := s.List(t.Context(), prefix)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, i := range infos {
				names = append(names, i.Name)
				if i.Size != int64(len(i.Name)) || i.Modified.IsZero() {
					t.Errorf("%+v", i)
				}
			}
			return strings.Join(names, " ")
		}
		for prefix, want := range map[string]string{
			"log/":    "log/1 log/10 log/2",
			"log/1":   "log/1 log/10",
			"log":     "log-book log/1 log/10 log/2 logic/x",
			"state/":  "state/log/1",
			"state/l": "state/log/1",
			"":        "log-book log/1 log/10 log/2 logic/x state/log/1",
			"../":     "",
		} {
			if got := list(prefix); got != want {
				t.Errorf("list %q: %s, want %s", prefix, got, want)
			}
		}
		if err := s.Delete(t.Context(), "log/10"); err != nil {
			t.Fatal(err)
		}
		if got := list("log/"); got != "log/1 log/2" {
			t.Errorf("after delete: %s", got)
		}
	})
	t.Run("a failed write leaves nothing", func(t *testing.T) {
		s := empty(t)
		broken := func() io.Reader {
			return io.MultiReader(strings.NewReader("half of it"), iotest.ErrReader(errors.New("cut")))
		}
		if err := s.Create(t.Context(), "x", broken()); err == nil {
			t.Fatal("create took half a blob")
		}
		if err := s.Replace(t.Context(), "x", broken()); err == nil {
			t.Fatal("replace took half a blob")
		}
		if _, err := s.Open(t.Context(), "x"); !errors.Is(err, blob.ErrNotFound) {
			t.Fatalf("open: %v, want ErrNotFound", err)
		}
		if infos, err := s.List(t.Context(), ""); err != nil || len(infos) > 0 {
			t.Fatalf("list: %v, %v", infos, err)
		}
		if err := s.Create(t.Context(), "x", strings.NewReader("whole")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("names", func(t *testing.T) {
		s := empty(t)
		for _, name := range []string{"", "/a", "a/", "a//b", "../a", "a/../b", ".hidden", "a/.b", "a\\b", "a\x00b"} {
			if s.Create(t.Context(), name, strings.NewReader("x")) == nil || s.Replace(t.Context(), name, strings.NewReader("x")) == nil ||
				s.Delete(t.Context(), name) == nil {
				t.Errorf("the name %q was accepted", name)
			}
			if r, err := s.Open(t.Context(), name); err == nil {
				r.Close()
				t.Errorf("the name %q was opened", name)
			}
		}
	})
	t.Run("one winner", func(t *testing.T) {
		s := empty(t)
		for round := range 10 {
			name := fmt.Sprintf("log/%08d", round)
			var won atomic.Int32
			var winner atomic.Value
			var creators sync.WaitGroup
			start := make(chan struct{})
			for i := range 50 {
				creators.Go(func() {
					mine := strings.Repeat(fmt.Sprintf("creator %d ", i), 500)
					<-start
					switch err := s.Create(t.Context(), name, strings.NewReader(mine)); {
					case err == nil:
						won.Add(1)
						winner.Store(mine)
					case !errors.Is(err, blob.ErrExists):
						t.Errorf("creator %d: %v", i, err)
					}
				})
			}
			close(start)
			creators.Wait()
			if won.Load() != 1 {
				t.Fatalf("%d creators won %s", won.Load(), name)
			}
			if got := Read(t, s, name); got != winner.Load() {
				t.Fatalf("%s holds %.20q, the winner wrote %.20q", name, got, winner.Load())
			}
		}
	})
	t.Run("large", func(t *testing.T) {
		s := empty(t)
		large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		if err := s.Create(t.Context(), "large", iotest.HalfReader(bytes.NewReader(large))); err != nil {
			t.Fatal(err)
		}
		if got := Read(t, s, "large"); got != string(large) {
			t.Fatalf("%d bytes came back of %d", len(got), len(large))
		}
	})
	t.Run("scoped", func(t *testing.T) {
		s := empty(t)
		one, two := blob.Sub(s, "ns/one"), blob.Sub(blob.Sub(s, "ns"), "two")
		for _, sub := range []blob.Store{one, two} {
			if err := sub.Create(t.Context(), "log/1", strings.NewReader(sub.String())); err != nil {
				t.Fatal(err)
			}
		}
		if Read(t, s, "ns/one/log/1") != one.String() || Read(t, two, "log/1") != two.String() {
			t.Fatal("scopes are mixed up")
		}
		if infos, err := one.List(t.Context(), ""); err != nil || len(infos) != 1 || infos[0].Name != "log/1" {
			t.Fatalf("list: %v, %v", infos, err)
		}
		if err := one.Create(t.Context(), "../two/x", strings.NewReader("")); err == nil {
			t.Fatal("a scope was left")
		}
	})
	t.Run("probe", func(t *testing.T) {
		s := empty(t)
		for _, p := range []blob.Store{s, s, blob.Sub(s, "ns/job")} {
			if err := p.Probe(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if infos, err := s.List(t.Context(), ""); err != nil || len(infos) > 0 {
			t.Fatalf("the probe left %v, %v", infos, err)
		}
	})
}

// Read returns the content of a blob that must be there.
func Read(t testing.TB, s blob.Store, name string) string {
	t.Helper()
	r, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(content)
}
