// Package streamtest runs a job inside a test: the real engine, with sources
// that the test feeds, sinks that it reads, a store in memory and no broker.
//
//	func TestRequestsAreCounted(t *testing.T) {
//		streamtest.Run(t, Build, func(j *streamtest.Job) {
//			requests := streamtest.Source[Request](j, "requests")
//			counts := streamtest.Sink[stream.Pane[int, int64]](j, "counts")
//
//			requests.Feed(Request{At: noon, Status: 200}, Request{At: noon.Add(time.Minute), Status: 404})
//			j.Crash()
//			requests.Feed(Request{At: noon.Add(2 * time.Minute), Status: 200})
//			j.Advance(noon.Add(2 * time.Hour))
//
//			counts.Expect(
//				stream.Pane[int, int64]{Key: 200, Start: noon, End: noon.Add(time.Hour), Value: 2},
//				stream.Pane[int, int64]{Key: 404, Start: noon, End: noon.Add(time.Hour), Value: 1},
//			)
//		})
//	}
//
// A test never sleeps: it runs in a bubble of [testing/synctest], so every call
// returns when the job has done all it can with what it was given, and timers
// fire without waiting. The clock starts at midnight UTC 2000-01-01.
//
// Sinks are exactly-once: what a job has written is seen when a checkpoint has
// committed it. [Output.Expect] takes one, so a test need not think of it, and a
// result that is written again after a crash is an error that a test finds.
package streamtest
