package runcmd

import (
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// at is the status of a job with one source, seconds after noon.
func at(seconds int, state jobapi.State, in, lag int64, change ...func(*jobapi.Status)) jobapi.Status {
	s := jobapi.Status{API: 1, State: state, Now: noon.Add(time.Duration(seconds) * time.Second),
		Sources: []jobapi.SourceStatus{{Name: "clicks", In: in, Lag: lag}}}
	for _, c := range change {
		c(&s)
	}
	return s
}

func watermark(seconds int) func(*jobapi.Status) {
	return func(s *jobapi.Status) {
		w := noon.Add(time.Duration(seconds) * time.Second)
		s.Watermark = &w
	}
}

func ended(s *jobapi.Status) { s.Sources[0].Ended = true }
func idle(s *jobapi.Status)  { s.Sources[0].Idle = true }

func TestSettled(t *testing.T) {
	const running = jobapi.Running
	tests := []struct {
		name string
		all  []jobapi.Status
		want bool
	}{
		{"nothing was said", nil, false},
		{"one status is none to compare with", []jobapi.Status{at(2, running, 5, 0)}, false},
		{"the same status twice is one", []jobapi.Status{at(2, running, 5, 0), at(2, running, 5, 0)}, false},
		{"nothing unread, nothing moves", []jobapi.Status{at(2, running, 5, 0), at(3, running, 5, 0)}, true},
		{"older than the end of feeding", []jobapi.Status{at(0, running, 5, 0), at(3, running, 5, 0)}, false},
		{"something is unread", []jobapi.Status{at(2, running, 5, 1), at(3, running, 5, 1)}, false},
		{"unknown lag", []jobapi.Status{at(2, running, 5, -1), at(3, running, 5, -1)}, false},
		{"unknown lag, but idle", []jobapi.Status{at(2, running, 5, -1), at(3, running, 5, -1, idle)}, true},
		{"it has ended", []jobapi.Status{at(2, running, 5, -1), at(3, running, 5, -1, ended)}, true},
		{"records come in", []jobapi.Status{at(2, running, 4, 0), at(3, running, 5, 0)}, false},
		{"time moves", []jobapi.Status{at(2, running, 5, 0, watermark(7)), at(3, running, 5, 0, watermark(8))}, false},
		{"time begins", []jobapi.Status{at(2, running, 5, 0), at(3, running, 5, 0, watermark(8))}, false},
		{"time stands", []jobapi.Status{at(2, running, 5, 0, watermark(8)), at(3, running, 5, 0, watermark(8))}, true},
		{"paused", []jobapi.Status{at(2, jobapi.Paused, 5, 0), at(3, jobapi.Paused, 5, 0)}, false},
		{"starting before", []jobapi.Status{at(2, jobapi.Starting, 0, 0), at(3, running, 0, 0)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w watch
			for _, s := range tt.all {
				w.see(s)
			}
			if got := w.settled(noon.Add(time.Second)); got != tt.want {
				t.Errorf("settled is %v", got)
			}
		})
	}
	// Two sources: both must have settled.
	var w watch
	for i := range 2 {
		s := at(2+i, running, 5, 0)
		s.Sources = append(s.Sources, jobapi.SourceStatus{Name: "made", Lag: 3})
		w.see(s)
	}
	if w.settled(noon) {
		t.Error("settled although one source has records unread")
	}
}

func TestProgressLine(t *testing.T) {
	var w watch
	if got := w.line(); got != "starting" {
		t.Errorf("before the first status: %q", got)
	}
	w.see(at(0, jobapi.Running, 0, -1))
	w.see(at(2, jobapi.Running, 20_000, 1_234, watermark(60), func(s *jobapi.Status) {
		s.Sources[0].Bad = 2
		s.Operators = []jobapi.OpStatus{{Name: "window", Late: 7}}
		s.Sinks = []jobapi.SinkStatus{{Name: "a", Out: 800}, {Name: "b", Out: 12}}
		s.Checkpoints.Last = &jobapi.Checkpoint{ID: 3}
	}))
	want := "running · in 20,000 (10,000/s) · out 812 · late 7 · bad 2 · lag 1,234 · watermark 2026-11-25 12:01:00 · checkpoint 3"
	if got := w.line(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// What is unknown or nothing is not said.
	w.see(at(4, jobapi.Stopping, 20_000, -1))
	if got, want := w.line(), "stopping · in 20,000 (0/s) · out 0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 10000: "10,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
}
