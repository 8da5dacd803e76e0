// Package stream is the API that jobs are written in.
//
// A job is a function that describes a graph: where events come from, what
// happens to them, and where results go.
//
//	func Build(g *stream.Graph) error {
//		requests := stream.From[Request](g, "requests").
//			EventTime(func(r Request) time.Time { return r.At }, 5*time.Second)
//
//		byStatus := stream.KeyBy(requests, func(r Request) int { return r.Status })
//		perHour := byStatus.Window(stream.Tumble(time.Hour)).Lateness(time.Minute)
//		counts := stream.Reduce(perHour, "requests-per-status", count)
//
//		counts.To("counts")
//		return nil
//	}
//
// Build runs once and only describes. The job's config says what the names
// "requests" and "counts" are: a Kafka topic today, files tomorrow. The functions
// run later, for every event, in several goroutines: they must not share
// anything that changes, nor change what an event points to, because other
// branches of the graph see the same event.
//
// Reading a graph aloud:
//
//   - A [Stream] is events of one Go type. What keeps the type is a method
//     ([Stream.Filter]), what changes it is a function ([Map]).
//   - Event time is when something happened, not when we read it.
//     [Stream.EventTime] says which field that is and how far out of order events
//     may come. From it follows the watermark: the moment before which nothing is
//     expected any more.
//   - [KeyBy] brings all events of a key to one place, so that something can be
//     remembered about it.
//   - A window is a piece of event time. [Reduce] folds the events of a key and
//     window into one value; when the watermark passes the window's end, the
//     result goes on as a [Pane].
//   - Events that come after that are late. Within [Windowed.Lateness] they
//     correct the result, which goes on again; later ones are dropped and counted.
//   - What Reduce remembers is state. Its name is its identity: with it a new
//     version of the job finds the state of the old one.
//   - A [Property] is a value that the config can change without a new build.
//
// Mistakes in a graph are all reported at once, each with the line that made it.
package stream
