package job

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// controlRig is a controller over a fake engine and a store in memory.
type controlRig struct {
	t      *testing.T
	store  *memory
	engine *fakeEngine
	log    *strings.Builder
	*controller
}

func newControlRig(t *testing.T, store *memory) *controlRig {
	rig := &controlRig{t: t, store: store, engine: newFakeEngine(), log: &strings.Builder{}}
	log := slog.New(slog.NewTextHandler(rig.log, nil))
	rig.controller = &controller{
		read:    fromStore(store, jobapi.ControlName),
		store:   store,
		job:     newSupervisor(rig.engine, newBoard(jobapi.Status{}, noon), time.Minute),
		sources: []string{"clicks", "users"},
		timeout: time.Minute,
		log:     log,
		now:     noon,
	}
	return rig
}

// ask writes the record and polls twice, as often as it takes to judge a bad one.
func (r *controlRig) ask(record string) {
	r.t.Helper()
	r.store.put(r.t, jobapi.ControlName, record)
	r.poll(r.t.Context())
	r.poll(r.t.Context())
	r.acts.Wait()
}

// answered reads the operation of an ID.
func (r *controlRig) answered(id string) jobapi.Operation {
	r.t.Helper()
	data, err := fromStore(r.store, jobapi.OperationName(id))(r.t.Context())
	if err != nil {
		r.t.Fatalf("operation %s: %v; the log says:\n%s", id, err, r.log)
	}
	var op jobapi.Operation
	if err := json.Unmarshal(data, &op); err != nil {
		r.t.Fatal(err)
	}
	if op.API != 1 || op.ID != id || !op.At.Equal(noon()) {
		r.t.Errorf("operation %+v", op)
	}
	return op
}

func TestControlCarriesOut(t *testing.T) {
	tests := []struct {
		name, record string
		calls        string
		checkpoint   uint64
	}{
		{"nothing new", `{"api":1,"id":"a","want":"running"}`, "resume", 0},
		{"pause", `{"api":1,"id":"a","want":"paused"}`, "pause", 0},
		{"rate", `{"api":1,"id":"a","want":"running","rate":{"users":10}}`, "rate:users resume", 0},
		{"savepoint", `{"api":1,"id":"a","want":"running","savepoint":true}`, "savepoint resume", 7},
		{"stop", `{"api":1,"id":"a","want":"stopped"}`, "stop", 8},
		{"savepoint, then stop", `{"api":1,"id":"a","want":"stopped","savepoint":true}`, "savepoint stop", 7},
		{"drain", `{"api":1,"id":"a","want":"drained"}`, "drain", 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rig := newControlRig(t, newMemory())
			rig.ask(tt.record)
			if got := rig.engine.took(); got != tt.calls {
				t.Errorf("the engine was asked %q, want %q", got, tt.calls)
			}
			if op := rig.answered("a"); op.State != jobapi.OperationDone || op.Checkpoint != tt.checkpoint || op.Error != "" {
				t.Errorf("answered %+v, want done with checkpoint %d", op, tt.checkpoint)
			}
		})
	}
}

// A record is carried out once; what it says about levels holds on in the next
// process, what it says about acts is over.
func TestControlAcrossRestarts(t *testing.T) {
	tests := []struct{ record, first, second string }{
		{`{"api":1,"id":"a","want":"stopped","savepoint":true}`, "savepoint stop", ""},
		{`{"api":1,"id":"a","want":"drained"}`, "drain", ""},
		{`{"api":1,"id":"a","want":"paused","savepoint":true,"rate":{"clicks":5}}`, "savepoint rate:clicks pause", "rate:clicks pause"},
	}
	for _, tt := range tests {
		store := newMemory()
		first := newControlRig(t, store)
		first.ask(tt.record)
		if got := first.engine.took(); got != tt.first {
			t.Errorf("%s: the first process was asked %q, want %q", tt.record, got, tt.first)
		}
		first.ask(tt.record) // still there, and nothing new
		if got := first.engine.took(); got != "" {
			t.Errorf("%s: asked once more: %q", tt.record, got)
		}
		before := first.answered("a")

		second := newControlRig(t, store)
		second.ask(tt.record)
		if got := second.engine.took(); got != tt.second {
			t.Errorf("%s: the second process was asked %q, want %q", tt.record, got, tt.second)
		}
		if after := second.answered("a"); after != before {
			t.Errorf("%s: the answer became %+v from %+v", tt.record, after, before)
		}
	}
}

// A process that dies between the acceptance and the answer leaves the wish to
// the next one.
func TestControlAcceptedIsTakenUpAgain(t *testing.T) {
	store := newMemory()
	rig := newControlRig(t, store)
	store.put(t, jobapi.OperationName("a"), `{"api":1,"id":"a","state":"accepted"}`)
	rig.ask(`{"api":1,"id":"a","want":"stopped"}`)
	if got := rig.engine.took(); got != "stop" {
		t.Errorf("the engine was asked %q, want stop", got)
	}
}

func TestControlRefuses(t *testing.T) {
	tests := []struct{ name, record, id, says string }{
		{"unknown source, with the nearest", `{"api":1,"id":"a","want":"stopped","rate":{"click":1}}`, "a", `no such source (did you mean "clicks"?)`},
		{"field of a later version", `{"api":1,"id":"a","want":"running","scale":2}`, "a", `unknown field "scale"`},
		{"unknown wish", `{"api":1,"id":"a","want":"gone"}`, "a", `want is "gone"`},
		{"not JSON", `want: stopped`, "", "invalid character"},
		{"no name to answer under", `{"api":1,"id":"../../etc/passwd","want":"stopped"}`, "", "id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rig := newControlRig(t, newMemory())
			rig.ask(tt.record)
			if got := rig.engine.took(); got != "" {
				t.Errorf("a bad record made the engine %q", got)
			}
			if !strings.Contains(rig.log.String(), "refused") {
				t.Errorf("the log does not say that it was refused:\n%s", rig.log)
			}
			if tt.id == "" {
				if names := rig.store.names(); len(names) != 1 {
					t.Errorf("the store holds %q", names)
				}
				return
			}
			if op := rig.answered(tt.id); op.State != jobapi.OperationFailed || !strings.Contains(op.Error, tt.says) {
				t.Errorf("answered %+v, want failed with %q", op, tt.says)
			}
			// It is said once, and a good record after it is obeyed.
			said := strings.Count(rig.log.String(), "refused")
			rig.poll(t.Context())
			rig.ask(`{"api":1,"id":"b","want":"paused"}`)
			if again := strings.Count(rig.log.String(), "refused"); again != said || rig.engine.took() != "pause" {
				t.Errorf("refused %d times, then %d times; the log:\n%s", said, again, rig.log)
			}
		})
	}
}

// A record that is being written in place is not judged by its half.
func TestControlHalfWritten(t *testing.T) {
	rig := newControlRig(t, newMemory())
	rig.store.put(t, jobapi.ControlName, `{"api":1,"id":"a",`)
	rig.poll(t.Context())
	rig.ask(`{"api":1,"id":"a","want":"paused"}`)
	if got := rig.engine.took(); got != "pause" || strings.Contains(rig.log.String(), "refused") {
		t.Errorf("asked %q; the log:\n%s", got, rig.log)
	}
}

// What cannot be recorded as accepted is not begun; it is when the store is back.
func TestControlStoreAway(t *testing.T) {
	rig := newControlRig(t, newMemory())
	record := []byte(`{"api":1,"id":"a","want":"stopped"}`)
	rig.read = func(context.Context) ([]byte, error) { return record, nil }
	rig.store.failing(errors.New("the store is away"))
	rig.poll(t.Context())
	if got := rig.engine.took(); got != "" {
		t.Fatalf("begun without a record: %q", got)
	}
	rig.store.failing(nil)
	rig.poll(t.Context())
	if got := rig.engine.took(); got != "stop" {
		t.Errorf("asked %q, want stop", got)
	}
}

// A savepoint that fails fails the operation, and the stop beside it is not
// done: whoever asked for both wanted the savepoint first.
func TestControlSavepointFails(t *testing.T) {
	rig := newControlRig(t, newMemory())
	rig.engine.savepoint = func(context.Context) (uint64, error) { return 0, errors.New("sink counts has no free slot") }
	rig.ask(`{"api":1,"id":"a","want":"stopped","savepoint":true}`)
	if op := rig.answered("a"); op.State != jobapi.OperationFailed || !strings.Contains(op.Error, "no free slot") {
		t.Errorf("answered %+v", op)
	}
	if got := rig.engine.took(); got != "savepoint" {
		t.Errorf("asked %q", got)
	}
}

// A savepoint that hangs is given up at the time-out; a drain may take as long
// as its input needs, and other wishes are heard while it does.
func TestControlPatience(t *testing.T) {
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	t.Run("savepoint", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rig := newControlRig(t, newMemory())
			rig.engine.savepoint = func(ctx context.Context) (uint64, error) { return 0, hang(ctx) }
			start := time.Now()
			rig.ask(`{"api":1,"id":"a","want":"running","savepoint":true}`)
			if took := time.Since(start); took != time.Minute {
				t.Errorf("gave up after %v, want 1m", took)
			}
			if op := rig.answered("a"); op.State != jobapi.OperationFailed {
				t.Errorf("answered %+v", op)
			}
		})
	})
	t.Run("drain", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rig := newControlRig(t, newMemory())
			input := make(chan struct{})
			rig.engine.drain = func(ctx context.Context) error { <-input; rig.engine.checkpoint(9); return nil }
			rig.store.put(t, jobapi.ControlName, `{"api":1,"id":"a","want":"drained"}`)
			rig.poll(t.Context())
			synctest.Wait()
			time.Sleep(time.Hour) // of the bubble
			if op := rig.answered("a"); op.State != jobapi.OperationAccepted {
				t.Errorf("after an hour: %+v", op)
			}
			rig.store.put(t, jobapi.ControlName, `{"api":1,"id":"b","want":"running","rate":{"clicks":9}}`)
			rig.poll(t.Context())
			if got := rig.engine.took(); got != "drain rate:clicks resume" {
				t.Errorf("asked %q", got)
			}
			close(input)
			rig.acts.Wait()
			if op := rig.answered("a"); op.State != jobapi.OperationDone || op.Checkpoint != 9 {
				t.Errorf("answered %+v", op)
			}
		})
	})
}
