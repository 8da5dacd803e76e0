package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/runtime/checkpoint"
)

// arrivalsOp notes in which order things come out of an inbox.
type arrivalsOp struct {
	rows       []int // producer*1000 + number
	watermarks []int64
	cuts       map[uint64][]int // rows before each barrier
	ended      bool
}

func (o *arrivalsOp) Push(_ []int, b *Batch[int]) error {
	o.rows = append(o.rows, b.V...)
	return nil
}
func (o *arrivalsOp) Watermark(t int64) error { o.watermarks = append(o.watermarks, t); return nil }
func (o *arrivalsOp) Flush() error            { return nil }
func (o *arrivalsOp) Barrier(c *Cut) error {
	o.cuts[c.Checkpoint] = slices.Clone(o.rows)
	return nil
}
func (o *arrivalsOp) End() error                { o.ended = true; return nil }
func (o *arrivalsOp) Crosses(int64, int64) bool { return true }

// producer is the script of one input of an inbox.
type producer struct {
	script []message[int, int]
	before map[uint64][]int // rows before each barrier that it sends
	all    []int
}

// drawProducer makes rows, watermarks and some of the barriers 1 to n, in
// order, and an end.
func drawProducer(t *rapid.T, number, barriers int) producer {
	p := producer{before: map[uint64][]int{}}
	next, watermark := uint64(1), int64(0)
	steps := rapid.IntRange(0, 30).Draw(t, "steps")
	for range steps {
		switch rapid.IntRange(0, 4).Draw(t, "step") {
		case 0:
			watermark += int64(rapid.IntRange(0, 5).Draw(t, "time"))
			p.script = append(p.script, message[int, int]{kind: ofTime, watermark: watermark})
		case 1:
			n := next + uint64(rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "skipped"))
			if n > uint64(barriers) {
				continue
			}
			p.before[n] = slices.Clone(p.all)
			p.script = append(p.script, message[int, int]{kind: ofBarrier, barrier: n, watermark: watermark})
			next = n + 1
		default:
			row := number*1000 + len(p.all)
			p.all = append(p.all, row)
			p.script = append(p.script, message[int, int]{kind: ofRows, barrier: uint64(row), watermark: watermark})
		}
	}
	p.script = append(p.script, message[int, int]{kind: ofEnd, watermark: latest})
	return p
}

// TestInboxAligns feeds an inbox from several scripts in a random order, with
// barriers that some inputs never bring, barriers that are cancelled and inputs
// that end, and with the credit of a real edge. Whatever the order, a cut holds
// exactly the rows before the barrier, every row comes out once and in the order
// of its input, time does not go back, and nobody waits for ever.
func TestInboxAligns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const barriers = 4
		producers := make([]producer, rapid.IntRange(1, 4).Draw(t, "producers"))
		for i := range producers {
			producers[i] = drawProducer(t, i, barriers)
		}
		r := newRun(context.Background(), &Graph{}, Options{})
		defer r.end(errOver)
		c := newTable(r)
		r.checkpoints = c
		// The table would start a final checkpoint; the scripts decide here.
		r.tasks = make([]*Task, 2)
		task := newTask(r, "consumer", 0)
		op := &arrivalsOp{cuts: map[uint64][]int{}}
		box := newInbox(task, len(producers), 4, KeyedOp[int, int](op))

		at := make([]int, len(producers))
		var triggered, cancelled uint64
		for {
			// Who can go on: an input with something left to say, and with credit
			// if those are rows.
			var able []int
			left := false
			for i, p := range producers {
				if at[i] == len(p.script) {
					continue
				}
				left = true
				if p.script[at[i]].kind != ofRows || len(box.edges[i].free) > 0 {
					able = append(able, i)
				}
			}
			if !left {
				break
			}
			// A coordinator gives up a checkpoint before it triggers the next; one
			// that no input will complete has to be given up for things to go on.
			if box.aligning > cancelled && (len(able) == 0 || rapid.IntRange(0, 20).Draw(t, "cancel") == 0) {
				cancelled = box.aligning
				task.cancelled.Store(cancelled)
				if err := box.giveUp(cancelled); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if len(able) == 0 {
				t.Fatalf("nobody can go on: positions %v", at)
			}
			i := rapid.SampledFrom(able).Draw(t, "input")
			m := producers[i].script[at[i]]
			at[i]++
			m.from = uint16(i)
			if m.kind == ofRows {
				p := <-box.edges[i].free
				p.TS[0], p.V[0], p.n = 0, int(m.barrier), 1
				p.TS, p.V, p.H, p.K = p.TS[:1], p.V[:1], p.H[:1], p.K[:1]
				m.rows, m.barrier = p, 0
			}
			if m.kind == ofBarrier {
				triggered = max(triggered, m.barrier)
			}
			if err := box.take(m); err != nil {
				t.Fatal(err)
			}
		}

		if !op.ended {
			t.Fatalf("all inputs have ended and the task has not; it waits for barrier %d", box.aligning)
		}
		if !slices.IsSorted(op.watermarks) || len(slices.Compact(op.watermarks)) < len(op.watermarks) {
			t.Errorf("time goes back or stands still: %v", op.watermarks)
		}
		for i, p := range producers {
			if got := ofProducer(op.rows, i); !slices.Equal(got, p.all) {
				t.Errorf("input %d: rows %v, want %v", i, got, p.all)
			}
			for n, cut := range op.cuts {
				want, sent := p.before[n]
				if !sent {
					want = p.all // it must have ended
				}
				if got := ofProducer(cut, i); !slices.Equal(got, want) {
					t.Errorf("barrier %d, input %d (sent it: %v): the cut has %v, want %v", n, i, sent, got, want)
				}
			}
		}
		// The newest barrier that all sent can only be missed by being cancelled.
		all := triggered > cancelled
		for _, p := range producers {
			_, sent := p.before[triggered]
			all = all && sent
		}
		if _, taken := op.cuts[triggered]; all && !taken {
			t.Errorf("every input sent barrier %d, nothing newer came, and it was not taken", triggered)
		}
		for n := range op.cuts {
			if _, acked := c.acks[n][checkpoint.TaskID{Chain: "consumer"}]; !acked {
				t.Errorf("cut %d was not acknowledged", n)
			}
		}
	})
}

func ofProducer(rows []int, number int) []int {
	var own []int
	for _, r := range rows {
		if r/1000 == number {
			own = append(own, r)
		}
	}
	return own
}

// The clock of a task waits for its slowest active input, not for idle or ended ones.
func TestMergedClocks(t *testing.T) {
	active := func(w int64) clock { return clock{watermark: w} }
	idle := func(w int64) clock { return clock{watermark: w, idle: true} }
	over := clock{watermark: latest, ended: true}
	for _, tt := range []struct {
		in   []clock
		want string
	}{
		{nil, "earliest idle"},
		{[]clock{active(5), active(3)}, "3"},
		{[]clock{active(5), idle(3)}, "5"},
		{[]clock{idle(5), idle(3)}, "5 idle"},
		{[]clock{idle(3), idle(5)}, "5 idle"},
		{[]clock{active(5), over}, "5"},
		{[]clock{idle(5), over}, "5 idle"},
		{[]clock{over, over}, "latest"},
		{[]clock{active(earliest), active(7)}, "earliest"},
	} {
		m := newMerged()
		for i := range tt.in {
			m.add(&tt.in[i])
		}
		w, isIdle := m.result()
		got := fmt.Sprint(w)
		switch w {
		case earliest:
			got = "earliest"
		case latest:
			got = "latest"
		}
		if isIdle {
			got += " idle"
		}
		if got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.in, got, tt.want)
		}
	}
}
