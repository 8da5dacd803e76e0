package checkpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
)

// aStore is what a job left that took three checkpoints and ended well.
func aStore(t *testing.T) (*blobtest.Memory, *fakeSink) {
	store, sink := blobtest.NewMemory(), newFakeSink()
	j := mustStart(t, store, sink)
	for _, ask := range []func(context.Context) (uint64, error){j.Savepoint, j.Savepoint, j.Final} {
		if _, err := ask(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.end(); err != nil {
		t.Fatal(err)
	}
	return store, sink
}

// the newest blob of a folder.
func newest(t *testing.T, store blob.Store, folder string) string {
	infos, err := store.List(t.Context(), folder)
	if err != nil || len(infos) == 0 {
		t.Fatal(folder, infos, err)
	}
	return infos[len(infos)-1].Name
}

func half(data []byte) []byte { return data[:len(data)/2] }

// A store that was damaged is refused with what is wrong, where, and what to
// do, before the log is touched: a copy that runs is not disturbed.
func TestDamage(t *testing.T) {
	replace := func(old, new string) func([]byte) []byte {
		return func(data []byte) []byte {
			if !bytes.Contains(data, []byte(old)) {
				t.Fatalf("%s holds no %s", data, old)
			}
			return bytes.ReplaceAll(data, []byte(old), []byte(new))
		}
	}
	resealed := func(old, new string) func([]byte) []byte {
		return func(data []byte) []byte {
			_, body, _ := bytes.Cut(data, []byte("\n"))
			raw := json.RawMessage(replace(old, new)(body))
			data, err := sealed(recordSeal, &raw)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
	}
	for _, c := range []struct {
		name   string
		folder string // the newest blob of it is changed; a record: the number before it too
		back   int    // so many blobs before the newest
		change func([]byte) []byte
		says   []string
	}{
		{"the newest record is truncated", logFolder, 0, half, []string{"record 7 of the decision log cannot be used", "memory/log/000000000007", "ends too early", "copy of the store"}},
		{"a record is truncated", logFolder, 2, half, []string{"record 5", "log/000000000005", "ends too early"}},
		{"a record is empty", logFolder, 0, func([]byte) []byte { return nil }, []string{"record 7", "is empty"}},
		{"a record is garbage", logFolder, 0, func(d []byte) []byte { return bytes.Repeat([]byte("x"), len(d)) }, []string{"record 7", "no seal of a decision log"}},
		{"a bit of a record is flipped", logFolder, 1, replace(`"term":1`, `"term":2`), []string{"record 6", "does not have the checksum"}},
		{"a record is missing", logFolder, 1, nil, []string{"record 6", "the record is missing"}},
		{"a record is another's", logFolder, 0, resealed(`"number":7`, `"number":8`), []string{"record 7", "says that it is record 8"}},
		{"a record is of a newer format", logFolder, 0, replace(`"format":1`, `"format":2`), []string{"record 7", "format 2 (this version reads up to 1)", "run the version of spaas that wrote it"}},
		{"a record is of a kind to come", logFolder, 0, resealed(`"kind":"resolved"`, `"kind":"layout"`), []string{"record 7", `kind "layout" is of a newer version`, "run the version of spaas that wrote it"}},
		{"a record breaks the rules", logFolder, 1, resealed(`"number":3`, `"number":2`), []string{"record 6", "checkpoint 2 is decided on, but it cannot be"}},
		{"the manifest is truncated", manifestFolder, 0, half, []string{"checkpoint 3 of 20", "cannot be restored", "memory/manifests/00000003-g1-t1-", "bytes, ", "were written", "copy of the store"}},
		{"a bit of the manifest is flipped", manifestFolder, 0, replace(`"graph":"g"`, `"graph":"h"`), []string{"checkpoint 3", "checksum that the decision log has of it"}},
		{"the manifest is missing", manifestFolder, 0, nil, []string{"checkpoint 3", "the manifest is missing"}},
		{"a file of state is truncated", stateFolder, 0, half, []string{"checkpoint 3", "memory/state/00000003-g1-t1-", "the file has 2 bytes, 4 were written"}},
		{"a file of state is missing", stateFolder, 0, nil, []string{"checkpoint 3", "memory/state/00000003-g1-t1-", "the file is missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, sink := aStore(t)
				infos, err := store.List(t.Context(), c.folder)
				if err != nil {
					t.Fatal(err)
				}
				name := infos[len(infos)-1-c.back].Name
				if c.change == nil {
					err = store.Delete(t.Context(), name)
				} else {
					store.Corrupt(name, c.change)
				}
				if err != nil {
					t.Fatal(err)
				}
				head := newest(t, store, logFolder)
				err = newJob(store, sink).start(t.Context())
				if err == nil || !fault.Incurable(err) {
					t.Fatalf("started: %v", err)
				}
				for _, says := range append(c.says, c.folder) {
					if !strings.Contains(err.Error(), says) {
						t.Errorf("%q does not say %q", err, says)
					}
				}
				if now := newest(t, store, logFolder); now != head {
					t.Errorf("the log went on from %s to %s", head, now)
				}
			})
		})
	}
}

func TestLogIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := aStore(t)
		infos, err := store.List(t.Context(), logFolder)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range infos {
			if err := store.Delete(t.Context(), i.Name); err != nil {
				t.Fatal(err)
			}
		}
		err = newJob(store, sink).start(t.Context())
		if err == nil || !fault.Incurable(err) || !strings.Contains(err.Error(), "3 manifests of checkpoints but no decision log") {
			t.Fatal(err)
		}
	})
}

func TestOfAnotherJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := aStore(t)
		err := newJob(store, sink, func(o *Options) { o.Job = "test/letters" }).start(t.Context())
		if err == nil || !fault.Incurable(err) || !strings.Contains(err.Error(), "is of job test/numbers, this is job test/letters") {
			t.Fatal(err)
		}
	})
}

// outage is a fault of a store that may come and go.
type outage struct{ atomic.Pointer[fault.Error] }

// of is a store whose creations below a folder fail during the outage.
func (o *outage) of(store blob.Store, folder string) blob.Store {
	return blobtest.NewFaults(store, func(op blobtest.Op) (blobtest.When, error) {
		if err := o.Load(); err != nil && op.Kind == "create" && strings.HasPrefix(op.Name, folder) {
			return blobtest.Fails, err
		}
		return blobtest.Works, nil
	})
}

var (
	readOnly = &fault.Error{What: "the store is read-only", Err: syscall.EROFS, Incurable: true}
	full     = &fault.Error{What: "the store is full", Err: syscall.ENOSPC}
)

func TestStoreCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		name string
		err  *fault.Error
		says string
	}{
		{"read-only at the start", readOnly, "the store is read-only"},
		{"full at the start", full, "the store is full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out outage
				out.Store(c.err)
				err := newJob(out.of(blobtest.NewMemory(), ""), newFakeSink()).start(t.Context())
				if err == nil || fault.Incurable(err) != c.err.Incurable || !strings.Contains(err.Error(), c.says) {
					t.Fatal(err)
				}
			})
		})
	}
	for _, c := range []struct {
		name, folder string
		err          *fault.Error
		says         []string
	}{
		{"read-only meanwhile: state", stateFolder, readOnly, []string{"checkpoint 2 was abandoned", "numbers, subtask 0", "the store is read-only"}},
		{"read-only meanwhile: manifest", manifestFolder, readOnly, []string{"checkpoint 2 was abandoned", "the manifest cannot be written", "the store is read-only"}},
		{"read-only meanwhile: log", logFolder, readOnly, []string{"the store is read-only"}},
		{"full meanwhile: state", stateFolder, full, []string{"3 checkpoints in a row were abandoned, the last was 4", "the store is full"}},
		{"full meanwhile: manifest", manifestFolder, full, []string{"3 checkpoints in a row", "the manifest cannot be written", "the store is full"}},
		{"full meanwhile: log", logFolder, full, []string{"the store is full"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out outage
				store, sink := blobtest.NewMemory(), newFakeSink()
				j := mustStart(t, out.of(store, c.folder), sink, func(o *Options) {
					o.Every, o.MaxFailures = time.Second, 3
				})
				if _, err := j.Savepoint(t.Context()); err != nil {
					t.Fatal(err)
				}
				out.Store(c.err)
				why := <-j.ended
				if why == nil || fault.Incurable(why) != c.err.Incurable {
					t.Fatal(why)
				}
				for _, says := range c.says {
					if !strings.Contains(why.Error(), says) {
						t.Errorf("%q does not say %q", why, says)
					}
				}
				// Once it can be written again, nothing is lost.
				if err := recovered(t, store, sink); err != nil && !strings.Contains(err.Error(), "left over") {
					t.Error(err)
				}
			})
		})
	}
}

// A store that is full for a while costs some checkpoints, nothing else.
func TestFullForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out outage
		sink := newFakeSink()
		j := mustStart(t, out.of(blobtest.NewMemory(), ""), sink, func(o *Options) { o.Every = time.Second })
		time.Sleep(1500 * time.Millisecond)
		out.Store(full)
		time.Sleep(15 * time.Second)
		out.Store(nil)
		n, err := j.Final(t.Context())
		if err != nil || j.end() != nil {
			t.Fatal(err)
		}
		if shown, err := sink.shown(); err != nil || shown != j.position() || j.Status().Abandoned == 0 {
			t.Fatalf("final checkpoint %d, the sink shows %d of %d, %+v, %v", n, shown, j.position(), j.Status(), err)
		}
	})
}

// A store that is suddenly another one, as when it is not mounted any more,
// must not be taken for a log in which this coordinator is the newest.
func TestStoreIsExchanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &exchanged{}
		store.now.Store(blobtest.NewMemory())
		j := mustStart(t, store, newFakeSink(), func(o *Options) { o.Every = time.Second })
		time.Sleep(2500 * time.Millisecond)
		store.now.Store(blobtest.NewMemory())
		err := <-j.ended
		if err == nil || !strings.Contains(err.Error(), "has lost record 5 of the decision log") || !strings.Contains(err.Error(), "mounted") {
			t.Fatal(err)
		}
	})
}

// exchanged is a store that becomes another one.
type exchanged struct {
	now atomic.Pointer[blobtest.Memory]
}

func (e *exchanged) Create(ctx context.Context, name string, content io.Reader) error {
	return e.now.Load().Create(ctx, name, content)
}
func (e *exchanged) Replace(ctx context.Context, name string, content io.Reader) error {
	return e.now.Load().Replace(ctx, name, content)
}
func (e *exchanged) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return e.now.Load().Open(ctx, name)
}
func (e *exchanged) List(ctx context.Context, prefix string) ([]blob.Info, error) {
	return e.now.Load().List(ctx, prefix)
}
func (e *exchanged) Delete(ctx context.Context, name string) error {
	return e.now.Load().Delete(ctx, name)
}
func (e *exchanged) Probe(ctx context.Context) error { return e.now.Load().Probe(ctx) }
func (e *exchanged) String() string                  { return "memory" }

// A reader that looks at the log while it is summed up does not take what was
// removed for a hole.
func TestReadWhileSwept(t *testing.T) {
	store := blobtest.NewMemory()
	log := &decisionLog{store: store, now: time.Now}
	var h history
	add := func(r record) {
		r.Number, r.Term = h.Head+1, max(h.Term, 1)
		stands, err := log.append(t.Context(), 0, r)
		if err == nil {
			err = h.apply(stands)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add(record{Kind: kindTerm})
	for n := range uint64(5) {
		add(record{Kind: kindGeneration, Generation: &generation{Number: n + 1, First: n + 1}})
	}
	swept := false
	reader := &decisionLog{store: blobtest.NewFaults(store, func(op blobtest.Op) (blobtest.When, error) {
		if op.Kind == "open" && !swept {
			swept = true
			kept := h.clone()
			add(record{Kind: kindKept, Kept: &kept})
			for n := range h.Base {
				if err := store.Delete(context.Background(), logName(n)); err != nil {
					return blobtest.Fails, err
				}
			}
		}
		return blobtest.Works, nil
	})}
	got, err := reader.read(t.Context())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(h) || got.Head != 7 || got.Base != 7 {
		t.Fatalf("%+v, %v; want %+v", got, err, h)
	}
}
