// Package engine runs graphs: it turns a [Graph] into chains of operators that
// hand typed batches on by direct calls, runs them as parallel subtasks, and
// takes part in checkpoints.
//
// A walk through it, in the direction of the events:
//
//   - source.go: what a source is in the graph. deal.go: its splits, dealt to
//     subtasks, and those that come later.
//   - sourcetask.go: one task a subtask reads rows, moves time, pushes batches and
//     injects barriers. Its rows come from a connector (decode.go behind pump.go) or
//     a function (generate.go); splits.go, clock.go and idle.go are its time,
//     rate.go its brake.
//   - transform.go: map and filter, called directly.
//   - keyed.go, exchange.go, inbox.go: batches change hands by key group
//     through bounded queues; the inbox merges watermarks and aligns barriers.
//   - window.go, windowrestore.go: panes in keyed state, fired by watermarks.
//   - sink.go: rows become records; pre-commits join the checkpoint.
//   - cut.go, commit.go: what a task holds at a barrier, and how it becomes
//     visible.
//   - options.go, run.go, fit.go, control.go, status.go: from Start to Wait, and what can
//     be asked in between.
//
// Rules of time. A watermark w says that no event before w is expected any
// more. Windows whose end is at most w fire. Barriers, watermarks and the end
// of input travel in band, in the order of the events they follow.
package engine
