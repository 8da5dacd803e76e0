package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// broken names the one thing that the connectors of this file do wrong, in a
// process that is to fail; "" in all others.
type broken string

// memory is an input in memory, and the source of it.
type memory struct {
	broken  broken
	bounded bool

	mu      sync.Mutex
	splits  map[string][]string
	version map[string]int
	grown   chan struct{} // closed when something was appended
}

func (m *memory) append(split string, values ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.splits[split] = append(m.splits[split], values...)
	close(m.grown)
	m.grown = make(chan struct{})
}

func (m *memory) Bounded() bool { return m.bounded }

func (m *memory) Discover(_ context.Context, why connect.Discovery) (all []connect.Split, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(m.splits)) {
		s := connect.Split{ID: id, Identity: map[string]string{"version": strconv.Itoa(m.version[id])}}
		if why == connect.Drain {
			s.Next = int64(len(m.splits[id]))
		}
		all = append(all, s)
	}
	if m.broken == "forgets a split" {
		all = all[1:]
	}
	return all, nil
}

func (m *memory) Open(context.Context, int) (connect.Reader, error) {
	r := &memoryReader{memory: m, closed: make(chan struct{}), at: map[string]*place{}}
	if m.broken == "leaks a goroutine" {
		go func() { select {} }()
	}
	return r, nil
}

// place is where a reader is in a split.
type place struct {
	next, limit int64
	ended, idle bool
}

type memoryReader struct {
	memory *memory
	closed chan struct{}
	at     map[string]*place
	buffer [8]byte
	lost   bool
}

func (r *memoryReader) Assign(_ context.Context, splits []connect.Split) error {
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	for _, s := range splits {
		if s.Identity["version"] != strconv.Itoa(r.memory.version[s.ID]) && r.memory.broken != "reads another input" {
			return &fault.Error{What: "another input", Incurable: r.memory.broken != "calls it curable"}
		}
		p := &place{next: s.Next, limit: -1, ended: s.Ended}
		switch {
		case r.memory.broken == "resumes too late" && p.next > 0:
			p.next++
		case r.memory.broken == "resumes too early" && p.next > 1:
			p.next--
		case r.memory.broken == "reads an ended split":
			p.next, p.ended = 0, false
		}
		r.at[s.ID] = p
	}
	return nil
}

func (r *memoryReader) SetLimits(limits map[string]int64) error {
	for id, at := range limits {
		if p := r.at[id]; p != nil && r.memory.broken != "ignores limits" {
			p.limit = at
		}
	}
	return nil
}

var errClosed = errors.New("closed")

func (r *memoryReader) Poll(ctx context.Context, f *connect.Fetch) error {
	for {
		select {
		case <-r.closed:
			return errClosed
		default:
		}
		if ctx.Err() != nil {
			if r.memory.broken == "loses a record when interrupted" && !r.lost {
				r.lost = true
				for _, p := range r.at {
					p.next++
				}
			}
			return ctx.Err()
		}
		r.memory.mu.Lock()
		grown := r.memory.grown
		done := r.fill(f)
		r.memory.mu.Unlock()
		if done {
			return nil
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(r.at)), func(p *place) bool { return !p.ended }) {
			return io.EOF
		}
		if r.memory.broken == "does not hear its context" {
			ctx = context.Background()
		}
		closed := r.closed
		if r.memory.broken == "does not hear Close" {
			closed = nil
		}
		select {
		case <-grown:
		case <-closed:
		case <-ctx.Done():
		}
	}
}

// fill takes up to two records of the first split that has news.
func (r *memoryReader) fill(f *connect.Fetch) bool {
	for _, id := range slices.Sorted(maps.Keys(r.at)) {
		p, values := r.at[id], r.memory.splits[id]
		if p.ended {
			continue
		}
		end := int64(len(values))
		if p.limit >= 0 {
			end = min(end, p.limit)
		}
		for len(f.Records) < 2 && p.next < end {
			f.Records = append(f.Records, connect.Record{Value: r.bytes(values[p.next]), Offset: p.next})
			p.next++
		}
		atEnd := p.next >= int64(len(values))
		p.ended = r.memory.bounded && atEnd || p.limit >= 0 && p.next >= p.limit
		if r.memory.broken == "never ends" {
			p.ended = false
		}
		idle := !p.ended && atEnd
		if r.memory.broken == "idle too early" {
			idle = !p.ended
		}
		if len(f.Records) == 0 && !p.ended && idle == p.idle {
			continue
		}
		p.idle = idle
		f.Split, f.Next, f.Ended, f.Idle, f.Lag = id, p.next, p.ended, idle, -1
		switch r.memory.broken {
		case "says a wrong position":
			f.Next++
		case "mixes up splits":
			f.Split = slices.Max(slices.Collect(maps.Keys(r.at)))
		}
		return true
	}
	return false
}

// bytes are those of a record, which belong to nobody else.
func (r *memoryReader) bytes(value string) []byte {
	switch r.memory.broken {
	case "reuses bytes":
		return append(r.buffer[:0], value...)[:len(value):len(value)]
	case "leaves room behind a record":
		return append(make([]byte, 0, 100), value...)
	}
	return append(make([]byte, 0, len(value)), value...)
}

func (r *memoryReader) Close() error {
	close(r.closed)
	return nil
}

// store is a target in memory, and the sink into it: two-phase, exactly once.
type store struct {
	broken broken

	mu      sync.Mutex
	visible []string
	staged  map[string][]string // by name
	named   int
}

func (s *store) Delivery() connect.Delivery { return connect.ExactlyOnce }

func (s *store) Recover(_ context.Context, generation uint64, keep []connect.Committable) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := map[string][]string{}
	for name, values := range s.staged {
		var of uint64
		if _, err := fmt.Sscanf(name, "%d/", &of); err == nil && of >= generation && s.broken != "aborts what is not older" {
			kept[name] = values
		}
	}
	for _, c := range keep {
		kept[string(c.Data)] = s.staged[string(c.Data)]
	}
	switch s.broken {
	case "publishes what it recovers":
		for _, name := range slices.Sorted(maps.Keys(s.staged)) {
			s.visible = append(s.visible, s.staged[name]...)
		}
	case "forgets what it has to keep":
		kept = map[string][]string{}
	}
	s.staged = kept
	return nil
}

func (s *store) Commit(_ context.Context, _ uint64, all []connect.Committable) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		if c.Deployment != deployment && s.broken != "commits what others made" {
			continue
		}
		s.visible = append(s.visible, s.staged[string(c.Data)]...)
		if s.broken != "commits twice" {
			delete(s.staged, string(c.Data))
		}
	}
	return nil
}

func (s *store) Open(_ context.Context, task connect.Task) (connect.Writer, error) {
	return &storeWriter{store: s, task: task}, nil
}

type storeWriter struct {
	store   *store
	task    connect.Task
	values  []string
	records [][]byte
}

func (w *storeWriter) Write(_ context.Context, records []connect.Record) error {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	for _, r := range records {
		switch w.store.broken {
		case "keeps bytes":
			w.records = append(w.records, r.Value)
			continue
		case "shows what is not committed":
			w.store.visible = append(w.store.visible, string(r.Value))
			continue
		case "loses a record":
			if len(w.values) == 4 {
				continue
			}
		}
		w.values = append(w.values, string(r.Value))
	}
	return nil
}

func (w *storeWriter) Precommit(context.Context, uint64) ([]connect.Committable, error) {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	for _, r := range w.records {
		w.values = append(w.values, string(r))
	}
	values := w.values
	w.values, w.records = nil, nil
	if len(values) == 0 && w.store.broken != "pre-commits nothing as something" {
		return nil, nil
	}
	w.store.named++
	name := fmt.Sprintf("%d/%d/%d", w.task.Generation, w.task.Subtask, w.store.named)
	if w.store.broken == "names collide" {
		name = strconv.Itoa(w.task.Subtask)
	}
	w.store.staged[name] = values
	c := connect.Committable{Deployment: w.task.Deployment, Data: []byte(name)}
	if w.store.broken == "does not say whose it is" {
		c.Deployment = ""
	}
	return []connect.Committable{c}, nil
}

func (w *storeWriter) Close() error {
	if w.store.broken == "writes when it is closed" {
		w.store.mu.Lock()
		defer w.store.mu.Unlock()
		w.store.visible = append(w.store.visible, w.values...)
	}
	return nil
}
