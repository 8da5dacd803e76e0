package main

import (
	"testing"
	"time"

	"github.com/spaas/spaas/runtime/stream"
	"github.com/spaas/spaas/runtime/streamtest"
)

func TestRequestsAreCounted(t *testing.T) {
	streamtest.Run(t, Build, func(j *streamtest.Job) {
		requests := streamtest.Source[Request](j, "requests")
		counts := streamtest.Sink[stream.Pane[int, int64]](j, "counts")

		noon := time.Date(2015, 5, 17, 12, 0, 0, 0, time.UTC)
		requests.Feed(Request{At: noon, Status: 200}, Request{At: noon.Add(time.Minute), Status: 404})
		j.Crash()
		requests.Feed(Request{At: noon.Add(30 * time.Second), Status: 200})
		j.Advance(noon.Add(2 * time.Hour))

		hour := func(status int, n int64) stream.Pane[int, int64] {
			return stream.Pane[int, int64]{Key: status, Start: noon, End: noon.Add(time.Hour), Value: n}
		}
		counts.Expect(hour(200, 2), hour(404, 1))
	})
}
