package streamtest_test

import (
	"testing"
	"time"

	"github.com/spaas/spaas/runtime/stream"
	"github.com/spaas/spaas/runtime/streamtest"
)

// request is an event of the job under test.
type request struct {
	At     time.Time `json:"at"`
	Status int       `json:"status"`
}

type pane = stream.Pane[int, int64]

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// build counts requests by status and hour, and hands the failed ones on.
func build(g *stream.Graph) error {
	requests := stream.From[request](g, "requests").
		EventTime(func(r request) time.Time { return r.At }, stream.Property(g, "disorder", time.Minute))
	perHour := stream.KeyBy(requests, func(r request) int { return r.Status }).
		Window(stream.Tumble(time.Hour)).Lateness(10 * time.Minute)
	stream.Reduce(perHour, "per-status", func(n int64, _ request) int64 { return n + 1 }).To("counts")
	requests.Filter(func(r request) bool { return r.Status >= 500 }).To("failed")
	return nil
}

func at(minute, status int) request {
	return request{At: noon.Add(time.Duration(minute) * time.Minute), Status: status}
}

func hour(h int, status int, n int64) pane {
	start := noon.Add(time.Duration(h) * time.Hour)
	return pane{Key: status, Start: start, End: start.Add(time.Hour), Value: n}
}

func TestWindowsFireWhenTimeHasPassed(t *testing.T) {
	streamtest.Run(t, build, func(j *streamtest.Job) {
		requests := streamtest.Source[request](j, "requests")
		counts := streamtest.Sink[pane](j, "counts")
		failed := streamtest.Sink[request](j, "failed")

		requests.Feed(at(1, 200), at(2, 500), at(0, 200))
		counts.Expect()
		failed.Expect(at(2, 500))
		j.Advance(noon.Add(time.Hour))
		counts.Expect(hour(0, 200, 2), hour(0, 500, 1))
		failed.Expect()
	})
}

func TestEventsMoveTimeByThemselves(t *testing.T) {
	streamtest.Run(t, build, func(j *streamtest.Job) {
		requests := streamtest.Source[request](j, "requests")
		counts := streamtest.Sink[pane](j, "counts")
		requests.Feed(at(1, 200), at(60, 200))
		counts.Expect() // one minute of disorder is waited for
		requests.Feed(at(61, 200))
		counts.Expect(hour(0, 200, 1))
	}, streamtest.Parallelism(4))
}

func TestNothingIsLostOrDoubledByCrashes(t *testing.T) {
	streamtest.Run(t, build, func(j *streamtest.Job) {
		requests := streamtest.Source[request](j, "requests")
		counts := streamtest.Sink[pane](j, "counts")
		requests.Feed(at(1, 200))
		j.Crash() // before the first checkpoint: from the beginning
		requests.Feed(at(2, 200))
		j.Checkpoint()
		requests.Feed(at(3, 200))
		j.Advance(noon.Add(time.Hour))
		j.Crash() // after the window fired, before anybody saw it
		counts.Expect(hour(0, 200, 3))
		j.Crash()
		counts.Expect()
	})
}

func TestStateSurvivesRescaling(t *testing.T) {
	streamtest.Run(t, build, func(j *streamtest.Job) {
		requests := streamtest.Source[request](j, "requests")
		counts := streamtest.Sink[pane](j, "counts")
		var want []pane
		for status := range 100 {
			requests.Feed(at(1, status), at(2, status))
			want = append(want, hour(0, status, 2))
		}
		for _, n := range []int{3, 1, 5} {
			j.Rescale(n)
		}
		j.Advance(noon.Add(time.Hour))
		counts.Expect(want...)
	})
}

func TestLateEvents(t *testing.T) {
	streamtest.Run(t, build, func(j *streamtest.Job) {
		requests := streamtest.Source[request](j, "requests")
		counts := streamtest.Sink[pane](j, "counts")
		requests.Feed(at(1, 200))
		j.Advance(noon.Add(time.Hour))
		counts.Expect(hour(0, 200, 1))
		requests.Feed(at(2, 200)) // late, but within the lateness
		counts.Expect(hour(0, 200, 2))
		j.Advance(noon.Add(70 * time.Minute))
		requests.Feed(at(3, 200)) // too late
		counts.Expect()
		if n := j.Late("per-status"); n != 1 {
			t.Errorf("%d late events, want 1", n)
		}
	})
}

func TestDrain(t *testing.T) {
	streamtest.Run(t, build, func(j *streamtest.Job) {
		requests := streamtest.Source[request](j, "requests")
		counts := streamtest.Sink[pane](j, "counts")
		requests.FeedText("json", `{"at":"2026-11-24T12:01:00Z","status":200}`)
		j.Drain()
		counts.ExpectInOrder(hour(0, 200, 1))
	}, streamtest.Property("disorder", "2h"), streamtest.Parallelism(1))
}
