package job

import (
	"maps"
	"slices"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

// properties are those of the config as the code gets them, with every
// reference resolved. One that cannot be is a fault where it is written, and
// its property is left out.
func (p *process) properties(loaded *config.Loaded) (map[string]string, fault.List) {
	var faults fault.List
	resolved := maps.Clone(loaded.Job.Properties)
	secrets := p.secrets()
	for _, name := range slices.Sorted(maps.Keys(resolved)) {
		value, err := secrets.Resolve(resolved[name])
		if err != nil {
			path := "properties." + name
			faults = faults.Add(&fault.Error{What: path, Where: loaded.Where(path), Err: err, Incurable: true})
			delete(resolved, name)
			continue
		}
		resolved[name] = value
	}
	return resolved, faults
}
