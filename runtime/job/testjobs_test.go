package job

import (
	"fmt"
	"os"
	"time"

	"github.com/spaas/spaas/runtime/stream"
)

// event is what the test jobs read: `{"at": "…", "key": "a", "n": 1}`.
type event struct {
	At  time.Time `json:"at"`
	Key string    `json:"key"`
	N   int64     `json:"n"`
}

type sum struct {
	Events int64 `json:"events"`
	Sum    int64 `json:"sum"`
}

// testJobs are the jobs that the test binary can be.
var testJobs = map[string]func(*stream.Graph) error{
	"sum": func(g *stream.Graph) error {
		in := stream.From[event](g, "in").
			EventTime(func(e event) time.Time { return e.At }, stream.Property(g, "disorder", time.Second))
		windows := stream.KeyBy(in, func(e event) string { return e.Key }).
			Window(stream.Tumble(stream.Property(g, "window", time.Minute)))
		stream.Reduce(windows, "sum-per-key", func(s sum, e event) sum {
			return sum{s.Events + 1, s.Sum + e.N}
		}).To("out")
		return nil
	},
	// "sum", and writes down every event it reads, for the kill test
	"seen": buildSeen,
	"pass": func(g *stream.Graph) error {
		stream.From[event](g, "in").To("out")
		return nil
	},
	"panic": func(g *stream.Graph) error {
		stream.From[event](g, "in").
			Filter(func(e event) bool {
				if e.N == 3 {
					panic("event three was never expected")
				}
				return true
			}).Named("no-threes").To("out")
		return nil
	},
	// two faults that only the graph knows: a source and a sink that no config has
	"strange": func(g *stream.Graph) error {
		stream.From[event](g, "ni").To("out")
		stream.From[event](g, "in").To("elsewhere")
		return nil
	},
	"build-fails": func(*stream.Graph) error { return fmt.Errorf("no clicks today") },
	// says when the first record came, for BenchmarkStart
	"first": func(g *stream.Graph) error {
		said := false
		in := stream.Generate(g, "numbers", -1, func(i int64) event { return event{N: i} })
		stream.Map(in, func(e event) event {
			if !said {
				said = true
				fmt.Fprintln(os.Stdout, "first")
			}
			return e
		}).To("out")
		return nil
	},
}
