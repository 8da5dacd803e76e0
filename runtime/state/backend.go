package state

import (
	"fmt"

	"github.com/spaas/spaas/pkg/fault"
)

// Backend is where the rows of subtasks live. The backends are those of this
// package; Memory is the only one so far.
type Backend interface {
	// Name is what the backend is called in the config.
	Name() string
}

type memory struct{}

func (memory) Name() string { return "memory" }

// Memory is the backend that keeps all rows in memory.
func Memory() Backend { return memory{} }

// BackendOf returns the backend of a name in the config, or says which there are.
func BackendOf(name string) (Backend, error) {
	if name == (memory{}).Name() {
		return Memory(), nil
	}
	return nil, &fault.Error{What: fmt.Sprintf("there is no state backend %q", name), Do: "use memory", Incurable: true}
}
