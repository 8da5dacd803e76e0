package registry

import (
	"slices"
	"testing"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

func names(has func(connect.Connector) bool) (names []string) {
	for _, c := range Connectors() {
		if has(c) {
			names = append(names, c.Name)
		}
	}
	return names
}

// The config knows the connectors by the blocks it has for them.
func TestAgreesWithConfig(t *testing.T) {
	for side, pair := range map[string][2][]string{
		"sources": {names(func(c connect.Connector) bool { return c.Source != nil }), config.SourceConnectors()},
		"sinks":   {names(func(c connect.Connector) bool { return c.Sink != nil }), config.SinkConnectors()},
	} {
		slices.Sort(pair[1])
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: registered are %q, the config has blocks for %q", side, pair[0], pair[1])
		}
	}
}

func TestConnectors(t *testing.T) {
	all := names(func(connect.Connector) bool { return true })
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("names %q are not sorted or not unique", all)
	}
	for _, c := range Connectors() {
		if c.Doc == "" || c.Source == nil && c.Sink == nil {
			t.Errorf("%s has no doc or no side", c.Name)
		}
		if got, err := Get(c.Name); err != nil || got.Name != c.Name {
			t.Errorf("get %s: %v, %v", c.Name, got.Name, err)
		}
	}
}

func TestUnknownConnector(t *testing.T) {
	for name, want := range map[string]string{
		"kafak":   `unknown connector "kafak" (did you mean "kafka"?)`,
		"mongodb": `unknown connector "mongodb" (connectors are blackhole, file, generator, kafka, stdout)`,
	} {
		_, err := Get(name)
		if err == nil || err.Error() != want || !fault.Incurable(err) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
