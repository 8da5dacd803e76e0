package generator

import (
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/conformance"
)

func TestConformance(t *testing.T) {
	conformance.TestSource(t, func(t *testing.T) conformance.Source {
		c := config.GeneratorSource{Count: 50, Seed: 7, Start: "2026-11-21T14:00:00Z", Disorder: config.Duration(time.Second)}
		plan, err := NewPlan(c, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var records []string
		for n := range c.Count {
			records = append(records, string(plan.Append(nil, n)))
		}
		return conformance.Source{
			New: func() (connect.Source, error) {
				return Connector().Source(connect.SourceConfig{Source: config.Source{Generator: &c}})
			},
			Records: map[string][]string{splitID: records},
			Change:  func(string) { c.Seed++ },
		}
	})
}
