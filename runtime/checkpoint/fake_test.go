package checkpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/blob"
)

// fakeSink is a transactional sink as the outside world keeps it: all copies of
// a job write to the same. Each transaction holds the numbers from lo up to hi.
type fakeSink struct {
	mu      sync.Mutex
	opened  int
	all     map[string]*transaction
	commits func(checkpoint uint64) error // is asked before each call of Commit
}

type transaction struct {
	lo, hi     int
	generation uint64
	state      string // open, committed, aborted
}

func newFakeSink() *fakeSink { return &fakeSink{all: map[string]*transaction{}, commits: working} }

// open writes numbers in a transaction and returns its committable.
func (s *fakeSink) open(generation uint64, lo, hi int) json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	id := fmt.Sprintf("tx-%04d", s.opened)
	s.all[id] = &transaction{lo, hi, generation, "open"}
	return json.RawMessage(`"` + id + `"`)
}

// Commit implements Committer.
func (s *fakeSink) Commit(_ context.Context, checkpoint uint64, _ string, committables []json.RawMessage) error {
	s.mu.Lock()
	commits := s.commits
	s.mu.Unlock()
	if err := commits(checkpoint); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var lost LostError
	for _, c := range committables {
		if x := s.all[strings.Trim(string(c), `"`)]; x.state == "aborted" {
			lost.Gone++
		} else {
			x.state = "committed"
			lost.Committed++
		}
	}
	if lost.Gone > 0 {
		lost.Err = errors.New("the transaction was aborted")
		return &lost
	}
	return nil
}

// Recover implements Committer.
func (s *fakeSink) Recover(_ context.Context, generation uint64, keep map[string][]json.RawMessage) error {
	var kept []string
	for _, c := range keep["out"] {
		kept = append(kept, strings.Trim(string(c), `"`))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, x := range s.all {
		if x.state == "open" && x.generation < generation && !slices.Contains(kept, id) {
			x.state = "aborted"
		}
	}
	return nil
}

// onCommit lets a function decide whether Commit works.
func (s *fakeSink) onCommit(commits func(checkpoint uint64) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits = commits
}

func working(uint64) error { return nil }

func away(uint64) error { return errors.New("broker away") }

// abortOpen is a sink that forgets what is not committed.
func (s *fakeSink) abortOpen() { _ = s.Recover(context.Background(), math.MaxUint64, nil) }

// shown returns up to which number the sink shows all, each once.
func (s *fakeSink) shown() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var seen []int
	for _, id := range slices.Sorted(maps.Keys(s.all)) {
		if x := s.all[id]; x.state == "committed" {
			for n := x.lo; n < x.hi; n++ {
				seen = append(seen, n)
			}
		}
	}
	slices.Sort(seen)
	for i, n := range seen {
		if n != i {
			return 0, fmt.Errorf("the sink shows %v: number %d stands where %d should", seen, n, i)
		}
	}
	return len(seen), nil
}

// fakeJob is an engine with one source, one operator and one sink in one task.
// At each barrier it reads three more numbers and writes them to the sink.
type fakeJob struct {
	*Coordinator
	o        Options
	store    blob.Store
	sink     *fakeSink
	restored *Manifest

	mu      sync.Mutex
	next    int // number to read
	from    int // first number that is in no pre-commit
	calls   []string
	barrier func(n uint64) bool // if set: whether the task takes its cut and reports

	ended chan error // what Run returned
	stop  context.CancelFunc
}

var theTask = TaskID{"numbers", 0}

// newJob prepares a copy of the job. What change wants is done to its options.
func newJob(store blob.Store, sink *fakeSink, change ...func(*Options)) *fakeJob {
	j := &fakeJob{store: store, sink: sink, ended: make(chan error, 1)}
	j.o = Options{
		Store: store, Job: "test/numbers", Version: "v1", Host: "here", PID: 1, Graph: "g", KeyGroups: 8, Parallelism: 1,
		Timeout: 10 * time.Second, Tasks: []TaskID{theTask}, Participant: j, Committer: sink,
		Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&j.o)
	}
	return j
}

// start starts the job and runs its coordinator beside the test.
func (j *fakeJob) start(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	j.stop = stop
	var err error
	if j.Coordinator, j.restored, err = Start(ctx, j.o); err != nil {
		stop()
		return err
	}
	if j.restored != nil {
		if err := json.Unmarshal(j.restored.Sources["numbers"][0].Split, &j.next); err != nil {
			return err
		}
		j.from = j.next
	}
	go func() { j.ended <- j.Run(ctx) }()
	return nil
}

// mustStart starts a copy that has no reason not to.
func mustStart(t *testing.T, store blob.Store, sink *fakeSink, change ...func(*Options)) *fakeJob {
	t.Helper()
	j := newJob(store, sink, change...)
	if err := j.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j
}

// end ends the process and returns what Run returned.
func (j *fakeJob) end() error {
	j.stop()
	return <-j.ended
}

// Trigger implements Participant.
func (j *fakeJob) Trigger(n uint64) {
	j.note(fmt.Sprintf("trigger %d", n))
	if j.barrier == nil || j.barrier(n) {
		j.cut(n)
	}
}

// cut takes the cut of checkpoint n and reports it.
func (j *fakeJob) cut(n uint64) {
	j.mu.Lock()
	j.next += 3
	s := TaskSnapshot{
		Sources:      map[string][]SplitState{"numbers": {{ID: "all", Split: json.RawMessage(fmt.Sprint(j.next))}}},
		Committables: map[string][]json.RawMessage{"out": {j.sink.open(j.Generation(), j.from, j.next)}},
	}
	j.from = j.next
	j.mu.Unlock()
	file := File{Name: j.FilePrefix(n, theTask) + "rows", Size: 4}
	if err := j.store.Create(context.Background(), file.Name, strings.NewReader("rows")); err != nil {
		// As the engine does: what was pre-committed goes into the next cut.
		j.mu.Lock()
		j.next, j.from = j.next-3, j.from-3
		j.mu.Unlock()
		j.Decline(n, theTask, err)
		return
	}
	s.Operators = map[string]OperatorSnapshot{"rows": {To: 8, Files: []File{file}}}
	j.Ack(n, theTask, s)
}

// Cancel implements Participant.
func (j *fakeJob) Cancel(n uint64) { j.note(fmt.Sprintf("cancel %d", n)) }

func (j *fakeJob) note(call string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = append(j.calls, call)
}

// position is the next number that the source reads.
func (j *fakeJob) position() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.next
}

// noted are the calls so far.
func (j *fakeJob) noted() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.calls, ", ")
}
