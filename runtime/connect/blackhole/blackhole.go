// Package blackhole is the sink that forgets everything: the null sink of a
// skeleton, of a benchmark, and of a stream that is only looked at.
package blackhole

import (
	"context"

	"github.com/spaas/spaas/runtime/connect"
)

// Connector is the connector "blackhole".
func Connector() connect.Connector {
	return connect.Connector{
		Name: "blackhole",
		Doc:  "Forgets every record.",
		Sink: func(connect.SinkConfig) (connect.Sink, error) { return sink{}, nil },
	}
}

type sink struct{}

func (sink) Delivery() connect.Delivery                                   { return connect.None }
func (sink) Recover(context.Context, uint64, []connect.Committable) error { return nil }
func (sink) Open(context.Context, connect.Task) (connect.Writer, error)   { return writer{}, nil }
func (sink) Commit(context.Context, uint64, []connect.Committable) error  { return nil }

type writer struct{}

func (writer) Write(context.Context, []connect.Record) error { return nil }
func (writer) Precommit(context.Context, uint64) ([]connect.Committable, error) {
	return nil, nil
}
func (writer) Close() error { return nil }
