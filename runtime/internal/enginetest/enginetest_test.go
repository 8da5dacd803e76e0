package enginetest_test

import (
	"fmt"
	"testing"

	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/conformance"
	"github.com/spaas/spaas/runtime/internal/enginetest"
)

// What the engine is tested with keeps the contract that real connectors keep.
func TestSource(t *testing.T) {
	for _, bounded := range []bool{true, false} {
		t.Run(fmt.Sprintf("bounded=%v", bounded), func(t *testing.T) {
			conformance.TestSource(t, func(t *testing.T) conformance.Source {
				s := enginetest.NewSource(bounded)
				s.Rows = 7
				in := conformance.Source{New: func() (connect.Source, error) { return s, nil }, Records: map[string][]string{}}
				for _, id := range []string{"a", "b", "empty"} {
					s.AddText(id)
					in.Records[id] = []string{}
					n := 20
					if id == "empty" {
						n = 0
					}
					for i := range n {
						v := fmt.Sprintf("%s-%d", id, i)
						s.AddText(id, v)
						in.Records[id] = append(in.Records[id], v)
					}
				}
				if !bounded {
					in.Append = func(split, value string) { s.AddText(split, value) }
					in.AddSplit = func(values ...string) string { s.AddText("later", values...); return "later" }
				}
				return in
			})
		})
	}
}

func TestSink(t *testing.T) {
	for _, delivery := range []connect.Delivery{connect.AtLeastOnce, connect.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			conformance.TestSink(t, func(*testing.T) conformance.Sink {
				s := enginetest.NewSink(delivery, "conformance/job")
				return conformance.Sink{New: func() (connect.Sink, error) { return s, nil }, Visible: s.Values}
			})
		})
	}
}
