package conformance

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/spaas/spaas/runtime/connect"
)

// Sink is one target for a sink, and how to make the sink.
type Sink struct {
	// New makes the sink as every start of a job does, with the same config.
	New func() (connect.Sink, error)
	// Visible returns the values that a reader of the target sees now, in any
	// order; nil for a sink that keeps nothing.
	Visible func() []string
}

// TestSink checks the contract of connect.Sink and connect.Writer. Target makes
// a fresh target for each part of the suite, gone when the test ends.
func TestSink(t *testing.T, target func(t *testing.T) Sink) {
	for _, part := range []struct {
		name  string
		check func(*sinkTest)
	}{
		{"pre-committed is safe", (*sinkTest).durable},
		{"nothing to pre-commit", (*sinkTest).empty},
		{"many checkpoints of many subtasks", (*sinkTest).many},
		{"bytes are not kept", (*sinkTest).bytesCopied},
		{"commit is idempotent", (*sinkTest).commitTwice},
		{"a crash before the pre-commit", (*sinkTest).crashBefore},
		{"a crash after the pre-commit", (*sinkTest).crashBetween},
		{"a decided checkpoint survives a crash", (*sinkTest).crashAfter},
		{"generations do not collide", (*sinkTest).generations},
		{"a recovery that comes late", (*sinkTest).late},
		{"committables of others", (*sinkTest).foreign},
	} {
		t.Run(part.name, func(t *testing.T) {
			s := &sinkTest{T: t, Sink: target(t)}
			noLeak(t)
			part.check(s)
		})
	}
}

const deployment = "conformance/job"

type sinkTest struct {
	*testing.T
	Sink
	delivery connect.Delivery
	starts   uint64 // generations so far
}

// start makes a sink for the next generation, which restored a checkpoint with keep.
func (t *sinkTest) start(keep ...connect.Committable) connect.Sink {
	t.Helper()
	s, err := t.New()
	if err != nil {
		t.Fatal(err)
	}
	t.starts++
	if err := s.Recover(soon(t), t.starts, keep); err != nil {
		t.Fatalf("recover: %v", err)
	}
	t.delivery = s.Delivery()
	return s
}

func (t *sinkTest) writer(s connect.Sink, generation uint64, subtask int) *writing {
	t.Helper()
	w, err := s.Open(soon(t), connect.Task{Deployment: deployment, Generation: generation, Subtask: subtask})
	if err != nil {
		t.Fatal(err)
	}
	wr := &writing{sinkTest: t, Writer: w}
	t.Cleanup(wr.close)
	return wr
}

func (t *sinkTest) commit(s connect.Sink, checkpoint uint64, c []connect.Committable) {
	t.Helper()
	if err := s.Commit(soon(t), checkpoint, throughManifest(t, c)); err != nil {
		t.Fatalf("commit of checkpoint %d: %v", checkpoint, err)
	}
}

// sees compares what is visible with what was written and made safe. Beyond it
// maybe may be visible, of a sink that is not exactly-once.
func (t *sinkTest) sees(safe []string, maybe ...string) {
	t.Helper()
	if t.Visible == nil || t.delivery == connect.None {
		return
	}
	visible := map[string]int{}
	for _, v := range t.Visible() {
		visible[v]++
	}
	for _, v := range safe {
		switch {
		case visible[v] == 0:
			t.Errorf("%q was written and made safe, and is not visible", v)
		case visible[v] > 1 && t.delivery == connect.ExactlyOnce:
			t.Errorf("%q is visible %d times", v, visible[v])
		}
		delete(visible, v)
	}
	for v := range visible {
		if t.delivery == connect.ExactlyOnce || !slices.Contains(maybe, v) {
			t.Errorf("%q is visible", v)
		}
	}
}

// writing is a writer under test.
type writing struct {
	*sinkTest
	connect.Writer
	closed bool
	lost   bool // its process is thought dead; a later generation may have fenced it
}

func (w *writing) write(values ...string) {
	w.Helper()
	var records []connect.Record
	for i, v := range values {
		records = append(records, connect.Record{Value: []byte(v), Time: int64(i)})
	}
	if err := w.Write(soon(w), records); err != nil {
		w.Fatalf("write: %v", err)
	}
}

func (w *writing) precommit(checkpoint uint64) []connect.Committable {
	w.Helper()
	c, err := w.Precommit(soon(w), checkpoint)
	if err != nil {
		w.Fatalf("pre-commit of checkpoint %d: %v", checkpoint, err)
	}
	for _, one := range c {
		if one.Deployment != deployment {
			w.Errorf("a committable of deployment %q, want %q", one.Deployment, deployment)
		}
	}
	return c
}

func (w *writing) close() {
	w.Helper()
	if w.closed {
		return
	}
	w.closed = true
	if err := w.Writer.Close(); err != nil && !w.lost {
		w.Errorf("close: %v", err)
	}
}

// some are n distinct values.
func some(name string, n int) (values []string) {
	for i := range n {
		values = append(values, fmt.Sprintf(`{"from":%q,"n":%d}`, name, i))
	}
	return values
}

// durable looks at the target while the writer is still open, because a process
// that is killed closes nothing.
func (t *sinkTest) durable() {
	s := t.start()
	w := t.writer(s, 1, 0)
	w.write(some("one", 10)...)
	t.commit(s, 1, w.precommit(1))
	t.sees(some("one", 10))
	w.write(some("two", 10)...)
	w.close()
	t.sees(some("one", 10), some("two", 10)...)
}

func (t *sinkTest) empty() {
	s := t.start()
	w := t.writer(s, 1, 0)
	for checkpoint := range uint64(2) {
		c := w.precommit(checkpoint + 1)
		if len(c) > 0 {
			t.Errorf("nothing was written, and is pre-committed as %q", c[0].Data)
		}
		t.commit(s, checkpoint+1, c)
	}
	w.write()
	t.commit(s, 3, w.precommit(3))
	t.sees(nil)
	w.write(some("late", 3)...)
	t.commit(s, 4, w.precommit(4))
	w.close()
	t.sees(some("late", 3))
}

func (t *sinkTest) many() {
	s := t.start()
	writers := []*writing{t.writer(s, 1, 0), t.writer(s, 1, 1), t.writer(s, 1, 2)}
	var all []string
	for checkpoint := range uint64(4) {
		var c []connect.Committable
		for i, w := range writers {
			batch := some(fmt.Sprintf("%d/%d", checkpoint, i), 5)
			w.write(batch...)
			all = append(all, batch...)
			c = append(c, w.precommit(checkpoint+1)...)
		}
		t.commit(s, checkpoint+1, c)
		t.sees(all)
	}
}

// bytesCopied reuses the memory of records, as the engine does.
func (t *sinkTest) bytesCopied() {
	s := t.start()
	w := t.writer(s, 1, 0)
	value := []byte(`{"n":0}`)
	records := []connect.Record{{Value: value}}
	var want []string
	for i := range 10 {
		value[5] = '0' + byte(i)
		want = append(want, string(value))
		if err := w.Write(soon(t), records); err != nil {
			t.Fatal(err)
		}
	}
	copy(value, bytes.Repeat([]byte("x"), len(value)))
	records[0] = connect.Record{}
	t.commit(s, 1, w.precommit(1))
	t.sees(want)
}

// commitTwice commits again, also in a process that starts after a crash.
func (t *sinkTest) commitTwice() {
	s := t.start()
	w := t.writer(s, 1, 0)
	w.write(some("one", 10)...)
	c := w.precommit(1)
	t.commit(s, 1, c)
	t.commit(s, 1, c)
	s = t.start(throughManifest(t, c)...)
	t.commit(s, 1, c)
	t.sees(some("one", 10))
}

// crashBefore loses a writer with what it wrote, and writes it again.
func (t *sinkTest) crashBefore() {
	s := t.start()
	w := t.writer(s, 1, 0)
	w.write(some("safe", 10)...)
	c := w.precommit(1)
	t.commit(s, 1, c)
	w.write(some("replayed", 10)...)
	w.lost = true
	s = t.start(throughManifest(t, c)...)
	t.commit(s, 1, c)
	again := t.writer(s, 2, 0)
	again.write(some("replayed", 10)...)
	t.commit(s, 2, again.precommit(2))
	t.sees(append(some("safe", 10), some("replayed", 10)...))
}

// crashBetween loses a checkpoint after its pre-commit and before its decision.
func (t *sinkTest) crashBetween() {
	s := t.start()
	w := t.writer(s, 1, 0)
	w.write(some("undecided", 10)...)
	w.precommit(1)
	w.lost = true
	s = t.start()
	t.sees(nil, some("undecided", 10)...)
	again := t.writer(s, 2, 0)
	again.write(some("undecided", 10)...)
	t.commit(s, 2, again.precommit(2))
	t.sees(some("undecided", 10))
}

// crashAfter loses the process between the decision and the commit.
func (t *sinkTest) crashAfter() {
	s := t.start()
	w := t.writer(s, 1, 0)
	w.write(some("decided", 10)...)
	c := w.precommit(1)
	w.lost = true
	s = t.start(throughManifest(t, c)...)
	t.commit(s, 1, c)
	t.sees(some("decided", 10))
}

// generations has two at work at the same time, as when a process that was
// given up still lives.
func (t *sinkTest) generations() {
	old, s := t.start(), t.start()
	zombie, w := t.writer(old, 1, 0), t.writer(s, 2, 0)
	zombie.lost = true
	zombie.write(some("zombie", 10)...)
	w.write(some("heir", 10)...)
	c := w.precommit(1)
	if _, err := zombie.Precommit(soon(t), 1); err != nil {
		t.Logf("the old generation is refused: %v", err)
	}
	t.commit(s, 1, c)
	w.write(some("more", 10)...)
	t.commit(s, 2, w.precommit(2))
	t.sees(append(some("heir", 10), some("more", 10)...), some("zombie", 10)...)
}

// late has two processes that start at once, so that both want to be the second
// generation. One is held up, and recovers when the other has pre-committed.
func (t *sinkTest) late() {
	t.start()
	s := t.start()
	heldUp, err := t.New()
	if err != nil {
		t.Fatal(err)
	}
	w := t.writer(s, 2, 0)
	w.write(some("heir", 10)...)
	c := w.precommit(1)
	if err := heldUp.Recover(soon(t), 2, nil); err != nil {
		t.Logf("the recovery that comes late is refused: %v", err)
	}
	t.commit(s, 1, c)
	t.sees(some("heir", 10))
}

// foreign recovers with a committable of another deployment, which is none of
// the sink's business.
func (t *sinkTest) foreign() {
	s := t.start()
	w := t.writer(s, 1, 0)
	w.write(some("ours", 3)...)
	c := w.precommit(1)
	theirs := slices.Clone(c)
	for i := range theirs {
		theirs[i].Deployment = "conformance/another"
	}
	if err := s.Commit(context.WithoutCancel(soon(t)), 1, theirs); err != nil {
		t.Errorf("commit of another deployment's: %v, want it ignored", err)
	}
	if t.delivery == connect.ExactlyOnce {
		t.sees(nil)
	}
	t.commit(s, 1, c)
	t.sees(some("ours", 3))
}
