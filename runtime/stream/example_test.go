package stream_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/internal/enginetest"
	"github.com/spaas/spaas/runtime/stream"
)

// Visit is an event: somebody has looked at a page.
type Visit struct {
	At   time.Time `json:"at"`
	User string    `json:"user"`
	Page string    `json:"page"`
}

// visits are the records of the source "visits" in the examples. The last one
// comes a while after it has happened.
const visits = `
{"at":"2026-11-24T12:00:10Z","user":"ana","page":"/"}
{"at":"2026-11-24T12:00:20Z","user":"ben","page":"/"}
{"at":"2026-11-24T12:00:50Z","user":"ana","page":"/help"}
{"at":"2026-11-24T12:01:30Z","user":"ana","page":"/"}
{"at":"2026-11-24T12:00:55Z","user":"eva","page":"/"}
`

// show runs a job on the visits and prints what it sends to each sink.
func show(build func(*stream.Graph) error) {
	program, err := stream.NewProgram(build, stream.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := enginetest.NewSource(true)
	in.AddText("all", strings.Fields(visits)...)
	o := engine.Options{
		Namespace: "examples", Job: "example", Rows: 1, // as if events came one by one
		Sources: map[string]engine.Source{"visits": {Source: in, Format: "json"}},
		Sinks:   map[string]engine.Sink{}, Store: blobtest.NewMemory(), Log: slog.New(slog.DiscardHandler),
	}
	names := program.Graph().Names(engine.KindSink)
	for _, name := range names {
		o.Sinks[name] = engine.Sink{Sink: enginetest.NewSink(connect.AtLeastOnce, "examples/example"), Format: "json"}
	}
	run, err := engine.Start(context.Background(), program.Graph(), o)
	if err == nil {
		err = run.Wait()
	}
	if err != nil {
		fmt.Println(err)
	}
	for _, name := range names {
		for _, record := range o.Sinks[name].Sink.(*enginetest.Sink).Values() {
			fmt.Printf("%s: %s\n", name, record)
		}
	}
}

// A job counts visits by page and minute.
func Example() {
	show(func(g *stream.Graph) error {
		visits := stream.From[Visit](g, "visits").
			EventTime(func(v Visit) time.Time { return v.At }, time.Minute)

		byPage := stream.KeyBy(visits, func(v Visit) string { return v.Page })
		perMinute := byPage.Window(stream.Tumble(time.Minute))
		counts := stream.Reduce(perMinute, "visits-per-page", func(n int, _ Visit) int { return n + 1 })

		counts.To("counts")
		return nil
	})
	// Output:
	// counts: {"key":"/","start":"2026-11-24T12:00:00Z","end":"2026-11-24T12:01:00Z","value":3}
	// counts: {"key":"/help","start":"2026-11-24T12:00:00Z","end":"2026-11-24T12:01:00Z","value":1}
	// counts: {"key":"/","start":"2026-11-24T12:01:00Z","end":"2026-11-24T12:02:00Z","value":1}
}

// What keeps the type of a stream is a method.
func ExampleStream_Filter() {
	show(func(g *stream.Graph) error {
		visits := stream.From[Visit](g, "visits")
		visits.Filter(func(v Visit) bool { return v.Page == "/help" }).Named("lost").To("lost")
		return nil
	})
	// Output:
	// lost: {"at":"2026-11-24T12:00:50Z","user":"ana","page":"/help"}
}

// What changes the type of a stream is a function.
func ExampleMap() {
	type user struct {
		Name string `json:"name"`
	}
	show(func(g *stream.Graph) error {
		visits := stream.From[Visit](g, "visits")
		users := stream.Map(visits, func(v Visit) user { return user{v.User} }).Named("users")
		users.Filter(func(u user) bool { return u.Name != "ana" }).To("users")
		return nil
	})
	// Output:
	// users: {"name":"ben"}
	// users: {"name":"eva"}
}

// A stream can go to several sinks, and several streams to one.
func ExampleStream_To() {
	show(func(g *stream.Graph) error {
		visits := stream.From[Visit](g, "visits")
		help := visits.Filter(func(v Visit) bool { return v.Page == "/help" })
		help.To("interesting")
		help.To("archive")
		visits.Filter(func(v Visit) bool { return v.User == "eva" }).To("interesting")
		return nil
	})
	// Output:
	// archive: {"at":"2026-11-24T12:00:50Z","user":"ana","page":"/help"}
	// interesting: {"at":"2026-11-24T12:00:50Z","user":"ana","page":"/help"}
	// interesting: {"at":"2026-11-24T12:00:55Z","user":"eva","page":"/"}
}

// An event that comes when its window has fired corrects the result, as long as
// the window is kept: the visit of eva is late, and the first minute goes on
// once more. Without the lateness it would be dropped and counted.
func ExampleWindowed_Lateness() {
	show(func(g *stream.Graph) error {
		visits := stream.From[Visit](g, "visits").
			EventTime(func(v Visit) time.Time { return v.At }, 10*time.Second)

		together := stream.KeyBy(visits, func(Visit) string { return "all" })
		perMinute := together.Window(stream.Tumble(time.Minute)).Lateness(5 * time.Minute)
		counts := stream.Reduce(perMinute, "visits", func(n int, _ Visit) int { return n + 1 })

		counts.To("counts")
		return nil
	})
	// Output:
	// counts: {"key":"all","start":"2026-11-24T12:00:00Z","end":"2026-11-24T12:01:00Z","value":3}
	// counts: {"key":"all","start":"2026-11-24T12:00:00Z","end":"2026-11-24T12:01:00Z","value":4}
	// counts: {"key":"all","start":"2026-11-24T12:01:00Z","end":"2026-11-24T12:02:00Z","value":1}
}

// What a window keeps for each key can be any value that is made of plain data.
func ExampleReduce() {
	type users struct {
		Visits int      `json:"visits"`
		Users  []string `json:"users"`
	}
	show(func(g *stream.Graph) error {
		visits := stream.From[Visit](g, "visits").
			EventTime(func(v Visit) time.Time { return v.At }, time.Minute)

		perHour := stream.KeyBy(visits, func(v Visit) string { return v.Page }).Window(stream.Tumble(time.Hour))
		stream.Reduce(perHour, "users-per-page", func(u users, v Visit) users {
			u.Visits++
			if !slices.Contains(u.Users, v.User) {
				u.Users = append(u.Users, v.User)
			}
			return u
		}).To("users")
		return nil
	})
	// Output:
	// users: {"key":"/","start":"2026-11-24T12:00:00Z","end":"2026-11-24T13:00:00Z","value":{"visits":4,"users":["ana","ben","eva"]}}
	// users: {"key":"/help","start":"2026-11-24T12:00:00Z","end":"2026-11-24T13:00:00Z","value":{"visits":1,"users":["ana"]}}
}

// A stream of numbers needs no connector: for trying things out, and for
// measuring.
func ExampleGenerate() {
	type square struct {
		Of int64 `json:"of"`
		Is int64 `json:"is"`
	}
	show(func(g *stream.Graph) error {
		stream.Generate(g, "numbers", 4, func(i int64) square { return square{i, i * i} }).To("squares")
		return nil
	})
	// Output:
	// squares: {"of":0,"is":0}
	// squares: {"of":1,"is":1}
	// squares: {"of":2,"is":4}
	// squares: {"of":3,"is":9}
}

// A property is a value that the config may change: here it does not, and the
// default holds.
func ExampleProperty() {
	_, err := stream.NewProgram(func(g *stream.Graph) error {
		page := stream.Property(g, "page", "/help")
		stream.From[Visit](g, "visits").Filter(func(v Visit) bool { return v.Page == page }).To("visits")
		return nil
	}, stream.Options{Properties: map[string]string{"pgae": "/"}})
	fmt.Println(err)
	// Output:
	// properties.pgae: the config has property "pgae", which no code asks for (did you mean "page"?)
}

// A filter of a batch at a time, for a loop in which a call for each event costs
// too much.
func ExampleStream_FilterBatch() {
	show(func(g *stream.Graph) error {
		stream.From[Visit](g, "visits").FilterBatch(func(batch []Visit, index []int32) (kept int) {
			for i := range batch {
				if batch[i].User == "ben" {
					index[kept] = int32(i)
					kept++
				}
			}
			return kept
		}).To("ben")
		return nil
	})
	// Output:
	// ben: {"at":"2026-11-24T12:00:20Z","user":"ben","page":"/"}
}
