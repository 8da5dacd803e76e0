package checkpoint

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// react takes what the protocol wants done.
func (c *copyOf) react() {
	w := c.world
	if w.mutant != nil && w.mutant.event != nil {
		w.mutant.event(c)
	}
	for len(c.out) > 0 {
		for _, a := range c.take() {
			if w.mutant != nil && w.mutant.action != nil && w.mutant.action(c, &a) {
				continue
			}
			c.obey(a)
		}
	}
	if c.phase == phaseReady {
		c.start()
	}
	if c.phase == phaseOver && c.err == nil {
		c.err = c.protocol.err
		w.checks.over(w, c)
		w.kill(c)
	}
}

// start restores the tasks and lets them run.
func (c *copyOf) start() {
	c.ready = true
	for i := range c.tasks {
		if c.restored == nil {
			continue
		}
		for _, s := range c.restored.Sources["in"] {
			if s.ID == strconv.Itoa(i) {
				n, _ := strconv.Atoi(string(s.Split))
				c.tasks[i].next, c.tasks[i].from = n, n
			}
		}
	}
	c.run(c.world.now)
	c.react()
}

// obey does an action, or plans the parts of an errand.
func (c *copyOf) obey(a action) {
	w := c.world
	w.checks.action(w, c, a)
	switch a := a.(type) {
	case triggerTasks:
		for i := range c.tasks {
			c.tasks[i].asked = a.checkpoint
		}
	case cancelTasks:
		for i := range c.tasks {
			c.tasks[i].cancelled = a.checkpoint
		}
	case answer:
		if a.request == 1000 && a.err == nil {
			c.done = true
			w.kill(c)
		}
	case sweepStore:
		for identity := range w.files {
			if h := a.declared; h.find(identity) == nil && over(manifestName(identity), &h) {
				c.sweep = append(c.sweep, func() { delete(w.files, identity) })
			}
		}
		for n := a.declared.Base - 1; n > 0 && w.records[n] != nil; n-- {
			c.sweep = append([]func(){func() { delete(w.records, n) }}, c.sweep...)
		}
		c.sweep = append(c.sweep, func() { c.swept(w.now) })
	case readLog:
		c.errand = []func(){func() {
			if w.failing() {
				c.failed(w.now, errWorld)
				return
			}
			c.logRead(w.now, w.history.clone())
		}}
	case loadManifests:
		c.errand = []func(){func() { c.loaded(w.now, w.load(a.commit), w.load(a.restore)) }}
	case appendRecord:
		c.appending(a.record)
	case writeManifest:
		c.errand = []func(){func() {
			if w.failing() {
				c.failed(w.now, errWorld)
				return
			}
			w.files[a.manifest.Identity] = a.manifest
			c.manifestWritten(w.now, File{Name: manifestName(a.manifest.Identity)})
		}}
	case commitOutput:
		c.committing(a)
	case recoverSinks:
		c.errand = []func(){func() {
			c.lookFirst(a.head, func() {
				keep := map[*tx]bool{}
				for _, one := range a.keep["out"] {
					keep[w.tx(one)] = true
				}
				c.errand = append(c.errand, func() { w.abort(a.generation, keep); c.recovered(w.now) })
			})
		}}
	case lookAtHead:
		c.errand = []func(){func() { c.looked(w.now, w.newest(a.head.head)) }}
	}
}

func (w *world) load(e *entry) *Manifest {
	if e == nil {
		return nil
	}
	m := w.files[e.Identity]
	if m == nil {
		w.violated("the manifest of checkpoint %s is gone, but the log has it", e.Identity)
		return &Manifest{Identity: e.Identity}
	}
	return m
}

// lookFirst goes on if this copy's record is the newest.
func (c *copyOf) lookFirst(head point, then func()) {
	if err := c.world.newest(head.head); err != nil {
		c.fenced = true
		c.failed(c.world.now, err)
		return
	}
	then()
}

// appending is what decisionLog.append does, in its parts.
func (c *copyOf) appending(r record) {
	w := c.world
	w.checks.nonces++
	r.Nonce, r.At, r.By = strconv.Itoa(w.checks.nonces)+"nonceofrecord", w.now, Owner{PID: w.born}
	r.Checkpoint = clonePointer(r.Checkpoint)
	c.tried[r.Number] = append(c.tried[r.Number], r.Nonce)
	look := func(stands *record) func() {
		return func() {
			if w.failing() {
				c.failed(w.now, errWorld)
				return
			}
			if err := w.newest(r.Number); err != nil && (w.mutant == nil || !w.mutant.blind) {
				c.fenced = true
				c.failed(w.now, err)
				return
			}
			w.checks.acts(w, c, stands)
			c.recorded(w.now, stands)
		}
	}
	c.errand = []func(){func() {
		if w.failing() {
			switch w.choose(3) {
			case 0: // not written
			case 1:
				w.write(&r)
			case 2: // perhaps later
				w.flying = append(w.flying, &r)
			}
			c.failed(w.now, errWorld)
			return
		}
		stands := &r
		if !w.write(&r) {
			stands = w.records[r.Number]
			if !slices.Contains(c.tried[r.Number], stands.Nonce) {
				if r.Kind != kindTerm {
					c.fenced = true
				}
				c.taken(w.now, &FencedError{Job: "j"})
				return
			}
		}
		c.errand = append(c.errand, look(stands))
	}}
}

// committing is what worker.commit does, in its parts, with a part for each
// transaction.
func (c *copyOf) committing(a commitOutput) {
	w := c.world
	c.errand = []func(){func() {
		c.lookFirst(a.head, func() {
			var lost LostError
			for _, one := range a.committable["out"] {
				c.errand = append(c.errand, func() {
					if w.failing() {
						c.errand = nil
						c.failed(w.now, errWorld)
						return
					}
					if x := w.tx(one); x.state == "aborted" {
						lost.Gone++
					} else {
						w.commit(x, a.checkpoint)
						lost.Committed++
					}
				})
			}
			c.errand = append(c.errand, func() {
				out := outcome{sink: "out", count: lost.Committed}
				if lost.Gone > 0 {
					out.err = &lost
				}
				c.committed(w.now, []outcome{out})
			})
		})
	}}
}

func (w *world) commit(x *tx, checkpoint uint64) {
	w.checks.commit(w, x, checkpoint)
	x.state = "committed"
}

func (w *world) abort(generation uint64, keep map[*tx]bool) {
	for _, x := range w.txs {
		if x.state == "open" && x.generation < generation && !keep[x] {
			w.checks.abort(w, x)
			x.state = "aborted"
		}
	}
}

// work does the next part of the errand that is under way.
func (c *copyOf) work() {
	if len(c.errand) == 0 {
		return
	}
	part := c.errand[0]
	c.errand = c.errand[1:]
	part()
	c.react()
}

// clean does the next part of a sweep.
func (c *copyOf) clean() {
	if len(c.sweep) == 0 {
		return
	}
	part := c.sweep[0]
	c.sweep = c.sweep[1:]
	part()
	c.react()
}

// task lets a task do something.
func (c *copyOf) task(i int) {
	w, t := c.world, &c.tasks[i]
	if !c.ready {
		return
	}
	switch {
	case len(t.reports) > 0 && w.choose(3) > 0:
		report := t.reports[0]
		t.reports = t.reports[1:]
		report()
		c.react()
	case t.over:
	case t.asked > t.cut && t.asked > t.cancelled && w.choose(2) == 0:
		c.cut(i, t)
	case t.next < w.limit && !c.final:
		t.next++
	case t.next == w.limit && w.choose(8) == 0:
		t.over = true
		last := c.snapshot(i, t)
		t.reports = append(t.reports, func() { c.taskEnded(w.now, taskName(i), last) })
	}
}

// cut takes the cut of the barrier that the task is asked for, or declines it.
func (c *copyOf) cut(i int, t *simTask) {
	n := t.asked
	t.cut = n
	if c.world.failing() {
		t.reports = append(t.reports, func() { c.decline(c.world.now, n, taskName(i), errors.New("no slot")) })
		return
	}
	s := c.snapshot(i, t)
	t.reports = append(t.reports, func() {
		if m := c.world.mutant; m != nil && m.deaf && (c.open == nil || c.open.number != n) {
			return
		}
		c.ack(c.world.now, n, taskName(i), s)
	})
}

// snapshot is what a task holds now; what it wrote since the last is pre-committed.
func (c *copyOf) snapshot(i int, t *simTask) TaskSnapshot {
	w := c.world
	s := TaskSnapshot{
		Sources: map[string][]SplitState{"in": {{ID: strconv.Itoa(i), Split: json.RawMessage(strconv.Itoa(t.next))}}},
		Ended:   t.next == w.limit,
	}
	if t.next > t.from {
		s.Committables = map[string][]json.RawMessage{"out": {json.RawMessage(strconv.Itoa(len(w.txs)))}}
		w.txs = append(w.txs, &tx{i, t.from, t.next, c.log.Generation, "open"})
		t.from = t.next
	}
	return s
}

// wish asks for a savepoint now and then.
func (c *copyOf) wish() {
	if c.ready && c.world.choose(20) == 0 {
		c.asked++
		c.ask(c.world.now, request{c.asked, false})
		if c.world.choose(4) == 0 {
			c.withdraw(c.asked)
		}
		c.react()
	}
}

func clonePointer(e *entry) *entry {
	if e == nil {
		return nil
	}
	c := *e
	return &c
}
