package enginetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/spaas/spaas/runtime/connect"
)

// Sink is a target in memory that outlives the runs which write to it. What an
// at-least-once sink is written is visible at once; what an exactly-once sink is
// written is visible when its checkpoint was committed.
type Sink struct {
	delivery   connect.Delivery
	deployment string

	mu       sync.Mutex
	visible  []connect.Record
	pending  map[string][]connect.Record // pre-committed, by transaction
	done     map[string]bool             // committed transactions
	aborted  map[string]bool
	failing  error
	watchers []chan struct{}
}

// NewSink makes an empty target of one deployment.
func NewSink(d connect.Delivery, deployment string) *Sink {
	return &Sink{
		delivery: d, deployment: deployment, pending: map[string][]connect.Record{}, done: map[string]bool{}, aborted: map[string]bool{},
	}
}

// Records are the visible records, in the order they became so.
func (s *Sink) Records() []connect.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.visible)
}

// Values are the visible values as text.
func (s *Sink) Values() []string {
	var all []string
	for _, r := range s.Records() {
		all = append(all, string(r.Value))
	}
	return all
}

// Changed returns a channel that is closed when more is visible.
func (s *Sink) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan struct{})
	s.watchers = append(s.watchers, c)
	return c
}

// Fail makes every Write and Precommit fail from now on; nil heals.
func (s *Sink) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

func (s *Sink) show(records []connect.Record) {
	s.visible = append(s.visible, records...)
	for _, c := range s.watchers {
		close(c)
	}
	s.watchers = nil
}

// Delivery implements connect.Sink.
func (s *Sink) Delivery() connect.Delivery { return s.delivery }

// Recover implements connect.Sink.
func (s *Sink) Recover(_ context.Context, generation uint64, keep []connect.Committable) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := map[string]bool{}
	for _, c := range keep {
		id, err := transaction(c)
		if err != nil {
			return err
		}
		kept[id] = true
	}
	for id := range s.pending {
		if !kept[id] && generationOf(id) < generation {
			delete(s.pending, id)
			s.aborted[id] = true
		}
	}
	return nil
}

// Commit implements connect.Sink.
func (s *Sink) Commit(_ context.Context, _ uint64, all []connect.Committable) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		id, err := transaction(c)
		switch {
		case err != nil:
			return err
		case c.Deployment != s.deployment:
			continue
		case s.done[id]:
			continue
		case s.aborted[id]:
			return fmt.Errorf("transaction %s was aborted", id)
		}
		records, ok := s.pending[id]
		if !ok {
			return fmt.Errorf("transaction %s is not known", id)
		}
		delete(s.pending, id)
		s.done[id] = true
		s.show(records)
	}
	return nil
}

// generationOf is the generation that wrote a transaction.
func generationOf(id string) (generation uint64) {
	_, _ = fmt.Sscanf(id, "g%d-", &generation)
	return generation
}

func transaction(c connect.Committable) (id string, err error) {
	err = json.Unmarshal(c.Data, &id)
	return id, err
}

// Open implements connect.Sink.
func (s *Sink) Open(_ context.Context, t connect.Task) (connect.Writer, error) {
	return &writer{sink: s, task: t}, nil
}

type writer struct {
	sink    *Sink
	task    connect.Task
	written []connect.Record
}

func (w *writer) Write(_ context.Context, records []connect.Record) error {
	var own []connect.Record
	for _, r := range records {
		r.Key, r.Value = slices.Clone(r.Key), slices.Clone(r.Value)
		own = append(own, r)
	}
	s := w.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failing != nil:
		return s.failing
	case s.delivery == connect.ExactlyOnce:
		w.written = append(w.written, own...)
	default:
		s.show(own)
	}
	return nil
}

func (w *writer) Precommit(_ context.Context, checkpoint uint64) ([]connect.Committable, error) {
	s := w.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return nil, s.failing
	}
	if len(w.written) == 0 {
		return nil, nil
	}
	id := fmt.Sprintf("g%d-c%d-s%d", w.task.Generation, checkpoint, w.task.Subtask)
	data, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	s.pending[id], w.written = w.written, nil
	return []connect.Committable{{Deployment: w.task.Deployment, Data: data}}, nil
}

func (w *writer) Close() error { return nil }
