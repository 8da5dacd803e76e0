package main

import (
	"time"

	"github.com/spaas/spaas/runtime/stream"
)

// Build describes the job: the requests of a web server, counted by status and
// hour. The hour is that of the request, not the one in which we read of it.
func Build(g *stream.Graph) error {
	window := stream.Property(g, "window", time.Hour)
	disorder := stream.Property(g, "disorder", time.Minute)   // wait so long for requests that others overtook
	lateness := stream.Property(g, "lateness", 5*time.Minute) // later ones still correct a count

	requests := stream.From[Request](g, "requests").
		EventTime(func(r Request) time.Time { return r.At }, disorder)

	byStatus := stream.KeyBy(requests, func(r Request) int { return r.Status })
	perWindow := byStatus.Window(stream.Tumble(window)).Lateness(lateness)
	counts := stream.Reduce(perWindow, "requests-per-status", count)

	counts.To("counts")
	counts.To("archive")
	return nil
}

// count is called for every request of a window.
func count(n int64, _ Request) int64 { return n + 1 }
