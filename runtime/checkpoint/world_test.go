package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// world plays everything that protocols live in: the decision log, the
// manifests, a transactional sink, tasks, time, and any number of copies of one
// job, each a protocol without its coordinator. Every step is one atomic thing
// that happens somewhere, chosen at random, so that all interleavings are
// possible: of an errand its parts, of a copy its death, of a write its landing
// long after its writer gave it up.
//
// The job: every task reads numbers from 0 up to its limit and writes each to
// the sink. The sink must show each number once.
type world struct {
	choose func(n int) int // 0 <= choose(n) < n
	now    time.Time
	copies []*copyOf
	born   int

	records map[uint64]*record // by number
	history history            // of records that landed
	flying  []*record          // were given up by their writer, but may yet land
	files   map[string]*Manifest
	txs     []*tx

	faults  int // how many more may happen
	limit   int // of the numbers that a task reads
	keep    Keep
	every   time.Duration
	gone    bool // a checkpoint lost all its output
	torn    bool // a checkpoint lost a part of its output
	mutant  *mutant
	checks  checks
	trouble error // the first violation
}

const worldTasks = 3

// tx is a transaction of the sink: numbers of one task.
type tx struct {
	task       int
	lo, hi     int
	generation uint64
	state      string // open, committed, aborted
}

// copyOf is one copy of the job: a process.
type copyOf struct {
	*protocol
	world  *world
	errand []func() // the parts of the errand that is under way, in order
	sweep  []func()
	tasks  [worldTasks]simTask
	tried  map[uint64][]string // nonces by number
	ready  bool                // tasks run
	asleep int                 // the whole process, for so many turns
	fenced bool                // was told that it is
	asked  int
	final  bool // the final checkpoint was asked for
	done   bool // and taken
	err    error
}

// simTask is one task.
type simTask struct {
	next, from int // number to read; first that is in no pre-commit
	asked      uint64
	cancelled  uint64
	cut        uint64 // newest barrier that it is done with
	over       bool
	reports    []func() // not delivered yet, in order
}

func taskName(i int) TaskID { return TaskID{"task", i} }

func newWorld(choose func(int) int, m *mutant) *world {
	w := &world{
		choose: choose, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		records: map[uint64]*record{}, files: map[string]*Manifest{}, mutant: m,
		faults: 10, limit: 100 + choose(100), every: time.Duration(choose(3)) * time.Second,
	}
	w.checks = checks{triggered: map[uint64]bool{}, taken: map[string]bool{}, decided: map[*tx]*Manifest{}, kinds: map[kind]int{}}
	if choose(2) == 0 {
		w.keep = Keep{All: time.Duration(choose(20)) * time.Second}
	}
	return w
}

// step lets one thing happen.
func (w *world) step() {
	if len(w.copies) == 0 || len(w.copies) < 3 && w.choose(400) == 0 {
		w.begin()
		return
	}
	c := w.copies[w.choose(len(w.copies))]
	if c.asleep > 0 {
		c.asleep--
		return
	}
	switch w.choose(16) {
	case 0, 1, 2, 3, 4:
		c.work()
	case 5:
		c.clean()
	case 6, 7, 8, 9, 10, 11:
		c.task(w.choose(worldTasks))
	case 12:
		w.pass(c)
	case 13:
		w.land()
	case 14:
		c.wish()
	case 15:
		w.harm(c)
	}
}

// begin starts a copy.
func (w *world) begin() {
	w.born++
	c := &copyOf{world: w, tried: map[uint64][]string{}}
	c.protocol = newProtocol(rules{
		job: "j", tasks: []TaskID{taskName(0), taskName(1), taskName(2)},
		every: w.every, timeout: 20 * time.Second, minPause: time.Duration(w.choose(2)) * time.Second, maxFailures: 1000, keep: w.keep,
		sweepAfter: 1 + w.choose(6), sumAfter: w.choose(20),
	})
	w.copies = append(w.copies, c)
	c.begin(w.now)
	c.react()
}

// pass lets time go by, perhaps to the moment a copy waits for, and tells it.
func (w *world) pass(c *copyOf) {
	if due := c.due(); !due.IsZero() && due.After(w.now) && w.choose(8) == 0 {
		w.now = due
	} else {
		w.now = w.now.Add(time.Duration(w.choose(500)) * time.Millisecond)
	}
	c.tick(w.now)
	c.react()
}

// harm is everything bad that is no failure of an errand, and what operators do.
func (w *world) harm(c *copyOf) {
	switch w.choose(40) {
	case 0: // the process is killed
		w.kill(c)
	case 1, 2, 3, 4: // the sink forgets the output of a decided checkpoint
		if w.fault() {
			w.lose(w.choose(4) == 0)
		}
	case 5:
		if c.ready && w.choose(10) == 0 {
			c.final = true
			c.ask(w.now, request{1000, true})
			c.react()
		}
	case 6:
		w.operate()
	case 7:
		c.asleep = w.choose(200)
	}
}

// operate appends a record by the hand of an operator. It fences whoever runs.
func (w *world) operate() {
	all := w.history.Checkpoints
	if len(all) == 0 || w.choose(3) > 0 {
		return
	}
	w.checks.nonces++
	r := &record{
		Number: w.history.Head + 1, Term: w.history.Term, Kind: kindPin, At: w.now,
		Nonce: strconv.Itoa(w.checks.nonces), Subject: all[w.choose(len(all))].Identity,
	}
	if w.choose(2) == 0 {
		r.Kind = kindRewind
	}
	w.write(r)
}

func (w *world) kill(c *copyOf) {
	w.copies = slices.DeleteFunc(w.copies, func(x *copyOf) bool { return x == c })
}

// fault uses up one of the faults that may happen.
func (w *world) fault() bool {
	if w.faults == 0 {
		return false
	}
	w.faults--
	return true
}

// failing decides whether something fails.
func (w *world) failing() bool { return w.faults > 0 && w.choose(12) == 0 && w.fault() }

var errWorld = errors.New("the world is bad")

// lose aborts open transactions of the checkpoint that is decided and not yet
// committed: all of them if none is committed, or only some.
func (w *world) lose(part bool) {
	m := w.files[w.history.Unresolved]
	if m == nil || w.torn {
		return
	}
	var open []*tx
	committed := 0
	for _, x := range w.of(m) {
		switch x.state {
		case "open":
			open = append(open, x)
		case "committed":
			committed++
		}
	}
	switch {
	case len(open) == 0:
		return
	case part && len(open) > 1 || committed > 0:
		w.torn = true
		open = open[:1]
	default:
		w.gone = true
	}
	for _, x := range open {
		x.state = "aborted"
	}
}

// of are the transactions of a checkpoint.
func (w *world) of(m *Manifest) []*tx {
	var all []*tx
	for _, c := range m.Committables["out"] {
		all = append(all, w.tx(c))
	}
	return all
}

func (w *world) tx(c json.RawMessage) *tx {
	i, err := strconv.Atoi(string(c))
	if err != nil {
		panic(err)
	}
	return w.txs[i]
}

// violated notes the first violation of a rule.
func (w *world) violated(format string, args ...any) {
	if w.trouble == nil {
		w.trouble = fmt.Errorf(format, args...)
	}
}

// land lets a write arrive whose writer has given it up, or is dead.
func (w *world) land() {
	if len(w.flying) == 0 {
		return
	}
	r := w.flying[0]
	w.flying = w.flying[1:]
	if w.records[r.Number] == nil && w.choose(2) == 0 {
		w.write(r)
		w.checks.late++
	}
}

// write puts a record in the log, if its number is free.
func (w *world) write(r *record) bool {
	if w.records[r.Number] != nil {
		return false
	}
	w.records[r.Number] = r
	if r.Number <= w.history.Head {
		return true // its place was swept: nobody reads it, its writer learns that it is late
	}
	w.checks.landing(w, r)
	w.checks.kinds[r.Kind]++
	if err := w.history.apply(r); err != nil {
		w.violated("record %d of kind %s cannot follow: %w", r.Number, r.Kind, err)
	}
	return true
}

// newest is what a look at the log says of a record.
func (w *world) newest(number uint64) error {
	if w.history.Head > number {
		return &FencedError{Job: "j"}
	}
	return nil
}
