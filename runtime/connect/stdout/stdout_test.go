package stdout

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/conformance"
)

func TestConformance(t *testing.T) {
	conformance.TestSink(t, func(*testing.T) conformance.Sink {
		var out bytes.Buffer
		return conformance.Sink{
			New: func() (connect.Sink, error) {
				return Connector().Sink(connect.SinkConfig{Env: connect.Env{Stdout: &out}})
			},
			Visible: func() []string { return strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' }) },
		}
	})
}
