package blobtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spaas/spaas/pkg/blob"
)

// Memory is a store in memory.
type Memory struct {
	mu    sync.Mutex
	blobs map[string]memoryBlob
}

type memoryBlob struct {
	content  []byte
	modified time.Time
}

// NewMemory is an empty store.
func NewMemory() *Memory { return &Memory{blobs: map[string]memoryBlob{}} }

// String is "memory".
func (m *Memory) String() string { return "memory" }

// Create implements blob.Store.
func (m *Memory) Create(ctx context.Context, name string, content io.Reader) error {
	return m.put(ctx, name, content, false)
}

// Replace implements blob.Store.
func (m *Memory) Replace(ctx context.Context, name string, content io.Reader) error {
	return m.put(ctx, name, content, true)
}

func (m *Memory) put(ctx context.Context, name string, content io.Reader, replace bool) error {
	if err := blob.CheckName(name); err != nil {
		return err
	}
	data, err := io.ReadAll(content)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.blobs[name]; ok && !replace {
		return fmt.Errorf("%s: %w", name, blob.ErrExists)
	}
	m.blobs[name] = memoryBlob{data, time.Now()}
	return nil
}

// Open implements blob.Store.
func (m *Memory) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if err := blob.CheckName(name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blobs[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, blob.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(b.content)), nil
}

// List implements blob.Store.
func (m *Memory) List(_ context.Context, prefix string) ([]blob.Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var infos []blob.Info
	for _, name := range slices.Sorted(maps.Keys(m.blobs)) {
		if strings.HasPrefix(name, prefix) {
			b := m.blobs[name]
			infos = append(infos, blob.Info{Name: name, Size: int64(len(b.content)), Modified: b.modified})
		}
	}
	return infos, nil
}

// Delete implements blob.Store.
func (m *Memory) Delete(_ context.Context, name string) error {
	if err := blob.CheckName(name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, name)
	return nil
}

// Probe implements blob.Store.
func (m *Memory) Probe(ctx context.Context) error { return blob.Probe(ctx, m) }

// Corrupt changes the content of a blob, as a bad disk would.
func (m *Memory) Corrupt(name string, change func([]byte) []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.blobs[name]
	b.content = change(slices.Clone(b.content))
	m.blobs[name] = b
}
