package main

import (
	"testing"

	"github.com/spaas/spaas/runtime/streamtest"
)

func TestEventsArePassedOn(t *testing.T) {
	streamtest.Run(t, Build, func(j *streamtest.Job) {
		events := streamtest.Source[Event](j, "example-kafka-source")
		sink := streamtest.Sink[Event](j, "null-sink")

		events.Feed(Event{Key: "a", Value: 1}, Event{Key: "b", Value: 2})
		sink.Expect(Event{Key: "a", Value: 1}, Event{Key: "b", Value: 2})
	})
}
