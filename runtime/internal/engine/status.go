package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// Status counts what the run has done so far. What only the process knows is
// left zero. It may be called at any time, also after the end.
func (r *Run) Status() jobapi.Status {
	s := jobapi.Status{
		Term: r.checkpoints.Term(), Generation: r.checkpoints.Generation(),
		Operators: r.operators(), Sinks: r.sinks(), Checkpoints: r.checkpoints.Status(),
	}
	if r.restored != nil {
		s.Restored = r.restored.Checkpoint
	}
	lowest := int64(latest)
	for _, source := range r.sources {
		status, w := source.status()
		s.Sources = append(s.Sources, status)
		if source.timed && !status.Ended {
			lowest = min(lowest, w)
		}
	}
	s.Watermark = shown(lowest)
	return s
}

// status counts one source, and returns its watermark.
func (s *sourceRun) status() (jobapi.SourceStatus, int64) {
	out := jobapi.SourceStatus{
		Name: s.name, Connector: s.config.Connector,
		In: s.in.Load(), Bad: s.bad.Load(), Bytes: s.bytes.Load(), Idle: true, Ended: true,
	}
	all := newMerged()
	for _, share := range s.shares {
		c := clock{watermark: share.watermark.Load(), idle: share.idle.Load(), ended: share.ended.Load()}
		all.add(&c)
		out.Idle = out.Idle && (c.idle || c.ended)
		out.Ended = out.Ended && c.ended
		if lag := share.lag.Load(); lag < 0 || out.Lag < 0 {
			out.Lag = -1
		} else {
			out.Lag += lag
		}
		out.Splits += share.splits()
	}
	out.Idle = out.Idle && !out.Ended
	w, _ := all.result()
	out.Watermark = shown(w)
	return out, w
}

func (s *share) splits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dealt
}

// shown is a watermark for people: nil before the first and after the last.
func shown(w int64) *time.Time {
	if w == earliest || w == latest {
		return nil
	}
	t := time.Unix(0, w).UTC()
	return &t
}

// operators counts what is neither source nor sink, in the order of the graph.
func (r *Run) operators() []jobapi.OpStatus {
	all := []jobapi.OpStatus{}
	at := map[*Node]int{}
	for _, n := range r.graph.Nodes {
		switch n.Kind {
		case KindSource, KindGenerate, KindSink:
		default:
			at[n] = len(all)
			all = append(all, jobapi.OpStatus{Name: n.Name, Kind: string(n.Kind)})
		}
	}
	for _, p := range r.places {
		i, ok := at[p.node]
		if !ok {
			continue
		}
		o := &all[i]
		o.In += p.in.Load()
		o.Out += p.out.Load()
		o.Late += p.late.Load()
		o.Keys += p.keys.Load()
		o.Panes = max(o.Panes, p.panes.Load()) // every subtask has the same windows
	}
	return all
}

// sinks counts the sinks by name: several streams may go into one.
func (r *Run) sinks() []jobapi.SinkStatus {
	all := []jobapi.SinkStatus{}
	at := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(r.o.Sinks)) {
		sink := r.o.Sinks[name]
		at[name] = len(all)
		all = append(all, jobapi.SinkStatus{Name: name, Connector: sink.Connector, Delivery: string(sink.Sink.Delivery())})
	}
	for _, p := range r.places {
		if i, ok := at[p.node.Name]; ok && p.node.Kind == KindSink {
			all[i].Out += p.out.Load()
			all[i].Bytes += p.bytes.Load()
		}
	}
	return all
}
