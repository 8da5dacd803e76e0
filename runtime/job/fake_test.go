package job

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/jobapi"
)

// fakeEngine is a running engine that records what it is asked.
type fakeEngine struct {
	mu     sync.Mutex
	calls  []string
	status jobapi.Status
	ended  chan error // Wait returns what comes here

	savepoint func(context.Context) (uint64, error)
	stop      func(context.Context) error
	drain     func(context.Context) error
}

func newFakeEngine() *fakeEngine { return &fakeEngine{ended: make(chan error, 1)} }

func (e *fakeEngine) called(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, what)
}

// took returns what was asked so far, and forgets it.
func (e *fakeEngine) took() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls := strings.Join(e.calls, " ")
	e.calls = nil
	return calls
}

func (e *fakeEngine) checkpoint(id uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status.Checkpoints.Last = &jobapi.Checkpoint{ID: id}
}

func (e *fakeEngine) Wait() error { return <-e.ended }

func (e *fakeEngine) Status() jobapi.Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

func (e *fakeEngine) Savepoint(ctx context.Context) (uint64, error) {
	e.called("savepoint")
	if e.savepoint != nil {
		return e.savepoint(ctx)
	}
	return 7, nil
}

func (e *fakeEngine) Stop(ctx context.Context) error {
	e.called("stop")
	if e.stop != nil {
		return e.stop(ctx)
	}
	e.checkpoint(8)
	e.ended <- nil
	return nil
}

func (e *fakeEngine) Drain(ctx context.Context) error {
	e.called("drain")
	if e.drain != nil {
		return e.drain(ctx)
	}
	e.checkpoint(9)
	e.ended <- nil
	return nil
}

func (e *fakeEngine) Pause()  { e.called("pause") }
func (e *fakeEngine) Resume() { e.called("resume") }
func (e *fakeEngine) SetRate(source string, perSecond float64) {
	if perSecond > 0 {
		e.called("rate:" + source)
	}
}

// memory is a store in memory that can be made to fail.
type memory struct {
	mu    sync.Mutex
	blobs map[string][]byte
	fail  error
}

func newMemory() *memory { return &memory{blobs: map[string][]byte{}} }

func (m *memory) failing(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func (m *memory) Replace(_ context.Context, name string, content io.Reader) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.blobs[name] = data
	return nil
}

func (m *memory) Open(_ context.Context, name string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.blobs[name]
	switch {
	case m.fail != nil:
		return nil, m.fail
	case !ok:
		return nil, blob.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (m *memory) Create(ctx context.Context, name string, content io.Reader) error {
	if slices.Contains(m.names(), name) {
		return blob.ErrExists
	}
	return m.Replace(ctx, name, content)
}

func (m *memory) List(context.Context, string) ([]blob.Info, error) { return nil, nil }

func (m *memory) Delete(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, name)
	return nil
}

func (m *memory) Probe(context.Context) error { return nil }
func (m *memory) String() string              { return "memory" }

func (m *memory) names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.blobs))
}

// put writes a document of the job's folder.
func (m *memory) put(t *testing.T, name, content string) {
	t.Helper()
	if err := m.Replace(t.Context(), name, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

// noon is the time in tests that need one.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
