// Package registry lists the connectors that a job is linked with.
package registry

import (
	"fmt"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/blackhole"
	"github.com/spaas/spaas/runtime/connect/file"
	"github.com/spaas/spaas/runtime/connect/generator"
	"github.com/spaas/spaas/runtime/connect/kafka"
	"github.com/spaas/spaas/runtime/connect/stdout"
)

// Connectors are all connectors, sorted by name.
func Connectors() []connect.Connector {
	return []connect.Connector{
		blackhole.Connector(),
		file.Connector(),
		generator.Connector(),
		kafka.Connector(),
		stdout.Connector(),
	}
}

// Get returns the connector of a name in the config, or says which there are
// and which is nearest.
func Get(name string) (connect.Connector, error) {
	var names []string
	for _, c := range Connectors() {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	do := "connectors are " + strings.Join(names, ", ")
	if near := fault.DidYouMean(name, names); near != "" {
		do = near
	}
	return connect.Connector{}, &fault.Error{What: fmt.Sprintf("unknown connector %q", name), Do: do, Incurable: true}
}
