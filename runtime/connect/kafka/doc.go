// Package kafka reads and writes the topics of Kafka clusters.
//
// Reading (source.go, reader.go). Partitions are read directly, without a
// consumer group: where reading goes on is in the checkpoint and nowhere else.
// A position is therefore only as good as the log that it points into, and
// three things are checked before one is used: the topic is still the same
// topic (its id), the log was not cut below the position (the leader epoch),
// and retention has not passed it. What fails a check ends the job with an
// incurable fault (lost.go): no position is ever reset in silence.
//
// Records are read committed: those of transactions that are open or aborted
// are not seen. A partition behind an open transaction is therefore not idle,
// although it brings nothing (ends.go).
//
// Writing (sink.go, writer.go). Records are sent idempotently with acks=all and
// are on every in-sync replica when a pre-commit returns. After a crash, what
// was written since the last checkpoint is written again: at least once.
package kafka

import "github.com/spaas/spaas/runtime/connect"

// Connector is Kafka in the registry of connectors.
func Connector() connect.Connector {
	return connect.Connector{
		Name:   "kafka",
		Doc:    "topics of a Kafka cluster",
		Source: newSource,
		Sink:   newSink,
	}
}
