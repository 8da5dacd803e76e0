package job

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
	"github.com/spaas/spaas/runtime/stream"
)

// life is a job in all its generations.
type life struct {
	*testing.T
	produced   <-chan struct{} // closed when no event comes any more
	name, dir  string
	process    *jobProcess
	checkpoint uint64   // the newest that was completed when it was killed
	files      []string // what its processes wrote down

	marks  []mark    // of this generation
	closed time.Time // windows that end by then are closed, whatever happens
}

// mark is how far time was when a checkpoint was the newest.
type mark struct {
	checkpoint uint64
	watermark  time.Time
}

func newLife(t *testing.T, events *planted, name, broker string) *life {
	config := strings.NewReplacer("NAME", name, "BROKER", broker).Replace(killConfig)
	return &life{T: t, produced: events.done, name: name, dir: files(t, map[string]string{"spaas.yaml": config})}
}

func (l *life) start() {
	l.Helper()
	seen := filepath.Join(l.dir, fmt.Sprintf("seen-%02d", len(l.files)))
	l.files = append(l.files, seen)
	l.marks = nil
	l.Setenv(seenFile, seen)
	l.process = startJob(l.T, "seen", l.dir, "--control", filepath.Join(l.dir, "control.json"))
}

// untilClosed waits until at least a window more is closed for good, and returns
// the time before which all windows are.
func (l *life) untilClosed(more time.Duration) time.Time {
	l.Helper()
	atLeast := noon().Add(more)
	if l.closed.After(noon()) {
		atLeast = l.closed.Add(more)
	}
	l.until("windows are closed in a checkpoint", func(s jobapi.Status) bool {
		if s.Checkpoints.Last == nil || s.Watermark == nil {
			return false
		}
		last := s.Checkpoints.Last.ID
		l.marks = append(l.marks, mark{last, *s.Watermark})
		for _, m := range l.marks {
			// Two later: the next may have been on its way when the mark was made,
			// and the one after it too, if the mark was made slowly.
			if m.checkpoint+3 <= last && m.watermark.After(l.closed) {
				l.closed = m.watermark
			}
		}
		return !l.closed.Before(atLeast)
	})
	return l.closed
}

// untilBehind waits until n events were read since the newest checkpoint.
func (l *life) untilBehind(n int) {
	l.Helper()
	l.checkpoint = 0
	var at int64
	l.until("events are read after a checkpoint", func(s jobapi.Status) bool {
		if s.Checkpoints.Completed == 0 {
			return false
		}
		now := s.Sources[0].In
		if last := s.Checkpoints.Last.ID; last != l.checkpoint {
			l.checkpoint, at = last, now
		}
		return now >= at+int64(n)
	})
}

// until waits for what only comes while events are produced.
func (l *life) until(what string, wanted func(jobapi.Status) bool) {
	l.Helper()
	l.process.until(what, func(s jobapi.Status) bool {
		select {
		case <-l.produced:
			l.Fatalf("the last event was produced before: %s", what)
		default:
		}
		return wanted(s)
	})
}

func (l *life) untilRestored() jobapi.Status {
	l.Helper()
	return l.process.until("it runs again", func(s jobapi.Status) bool { return s.State == jobapi.Running })
}

// drain ends the input and waits for the end of the job.
func (l *life) drain() jobapi.Status {
	l.Helper()
	record := `{"api":1,"id":"end","want":"drained"}`
	if err := os.WriteFile(filepath.Join(l.dir, "control.json"), []byte(record), 0o644); err != nil {
		l.Fatal(err)
	}
	if code := l.process.exitCode(); code != 0 {
		l.Fatalf("%s ended with code %d", l.name, code)
	}
	s, _ := l.process.last()
	return s
}

// seen are the events that each process has read.
func (l *life) seen() (all []map[int64]bool) {
	l.Helper()
	for _, name := range l.files {
		data, err := os.ReadFile(name)
		if err != nil {
			l.Fatal(err)
		}
		ids := map[int64]bool{}
		for chunk := range slices.Chunk(data, 8) {
			ids[int64(binary.BigEndian.Uint64(chunk))] = true
		}
		all = append(all, ids)
	}
	return all
}

// seenFile is the environment variable that names the file in which a job
// writes down every event it reads, at once: a SIGKILL loses none.
const seenFile = "SPAAS_TEST_SEEN"

// buildSeen is the job: sums per key and window, and a note of every event.
func buildSeen(g *stream.Graph) error {
	note := func(int64) {}
	if name := os.Getenv(seenFile); name != "" {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return err
		}
		note = func(n int64) {
			if _, err := f.Write(binary.BigEndian.AppendUint64(nil, uint64(n))); err != nil {
				panic(err)
			}
		}
	}
	in := stream.From[event](g, "in").
		EventTime(func(e event) time.Time { return e.At }, stream.Property(g, "disorder", time.Second)).
		Filter(func(e event) bool { note(e.N); return true })
	windows := stream.KeyBy(in, func(e event) string { return e.Key }).
		Window(stream.Tumble(stream.Property(g, "window", time.Minute)))
	stream.Reduce(windows, "sum-per-key", func(s sum, e event) sum { return sum{s.Events + 1, s.Sum + e.N} }).To("out")
	return nil
}
