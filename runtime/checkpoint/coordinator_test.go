package checkpoint

import (
	"testing"
	"testing/synctest"

	"github.com/spaas/spaas/pkg/blob/blobtest"
)

func TestGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		first := mustStart(t, store, sink)
		if first.restored != nil || first.Term() != 1 || first.Generation() != 1 {
			t.Fatalf("first start: term %d, generation %d, restored %+v", first.Term(), first.Generation(), first.restored)
		}
		saved, err := first.Savepoint(t.Context())
		if err != nil || saved != 1 {
			t.Fatal(saved, err)
		}
		last, err := first.Final(t.Context())
		if err != nil || last != 2 {
			t.Fatal(last, err)
		}
		if _, err := first.Savepoint(t.Context()); err == nil {
			t.Error("a savepoint after the final checkpoint")
		}
		if err := first.end(); err != nil {
			t.Fatal(err)
		}
		second := mustStart(t, store, sink)
		if second.restored == nil || second.restored.Checkpoint != 2 || second.Term() != 2 || second.Generation() != 2 {
			t.Fatalf("second start: term %d, generation %d, restored %+v", second.Term(), second.Generation(), second.restored)
		}
		if n, err := second.Final(t.Context()); err != nil || n != 3 {
			t.Fatal(n, err)
		}
		if err := second.end(); err != nil {
			t.Fatal(err)
		}
		if n, err := sink.shown(); err != nil || n != 9 {
			t.Fatal(n, err)
		}
	})
}
