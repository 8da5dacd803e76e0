// Package registry lists the connectors that a job is linked with.
package registry

import "github.com/spaas/spaas/runtime/connect"

// Connectors are all connectors, sorted by name.
func Connectors() []connect.Connector { panic("soon") }

// Get returns the connector of a name in the config, or says which there are
// and which is nearest.
func Get(name string) (connect.Connector, error) { panic("soon") }
