package blackhole

import (
	"testing"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/conformance"
)

func TestConformance(t *testing.T) {
	conformance.TestSink(t, func(*testing.T) conformance.Sink {
		return conformance.Sink{New: func() (connect.Sink, error) { return Connector().Sink(connect.SinkConfig{}) }}
	})
}
