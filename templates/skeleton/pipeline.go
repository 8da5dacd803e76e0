package main

import "github.com/spaas/spaas/runtime/stream"

// Build describes the job: where events come from, what happens to them, and
// where results go. What the two names stand for is said in spaas.yaml.
func Build(g *stream.Graph) error {
	events := stream.From[Event](g, "example-kafka-source")
	events.To("null-sink")
	return nil
}
