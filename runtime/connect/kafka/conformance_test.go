package kafka

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/conformance"
)

// conformant runs the suite of all connectors against a cluster. Each part has
// a topic of its own.
func conformant(t *testing.T, cluster func(t *testing.T) *fixture) {
	topics := 0
	next := func() string { topics++; return fmt.Sprintf("conformance-%d", topics) }
	t.Run("source", func(t *testing.T) {
		conformance.TestSource(t, func(t *testing.T) conformance.Source {
			x, name := cluster(t), next()
			x.topic(name, 3)
			in := conformance.Source{
				New:     func() (connect.Source, error) { return x.source(config.KafkaSource{Topic: name}), nil },
				Records: map[string][]string{name + "/0": numbers(0, 20), name + "/1": {}, name + "/2": numbers(100, 7)},
				Append:  func(split, value string) { x.produce(name, int32(split[len(split)-1]-'0'), value) },
				AddSplit: func(values ...string) string {
					x.grow(name)
					x.produce(name, 3, values...)
					return name + "/3"
				},
				Change: func(string) {
					x.recreate(name, 3)
				},
			}
			for split, values := range in.Records {
				partition := int32(strings.TrimPrefix(split, name+"/")[0] - '0')
				for len(values) > 0 { // in several batches
					n := min(3, len(values))
					x.produce(name, partition, values[:n]...)
					values = values[n:]
				}
			}
			return in
		})
	})
	t.Run("sink", func(t *testing.T) {
		conformance.TestSink(t, func(t *testing.T) conformance.Sink {
			x, name := cluster(t), next()
			x.topic(name, 3)
			return conformance.Sink{
				New: func() (connect.Sink, error) { return x.sink(name), nil },
				Visible: func() (values []string) {
					for _, r := range x.consume(name) {
						values = append(values, string(r.Value))
					}
					return values
				},
			}
		})
	})
}

func TestConformance(t *testing.T) {
	conformant(t, func(t *testing.T) *fixture { x, _ := fake(t); return x })
}
