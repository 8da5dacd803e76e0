package job

import (
	"testing"

	"github.com/spaas/spaas/pkg/config"
)

func TestPlanLimits(t *testing.T) {
	const MiB = 1 << 20
	four := machine{cpus: 4, mhz: 2400}
	tests := []struct {
		name string
		res  config.Resources
		m    machine
		env  map[string]string
		want limits
	}{
		{"nothing said", config.Resources{}, four, nil, limits{}},
		{"a tenth of headroom", config.Resources{Memory: 1000 * MiB}, four, nil, limits{memory: 900 * MiB, gc: gcPercent}},
		{"at least 24 MiB of headroom", config.Resources{Memory: 100 * MiB}, four, nil, limits{memory: 76 * MiB, gc: gcPercent}},
		{"but never more than half", config.Resources{Memory: 32 * MiB}, four, nil, limits{memory: 16 * MiB, gc: gcPercent}},
		{"GOMEMLIMIT wins", config.Resources{Memory: 1000 * MiB}, four, map[string]string{"GOMEMLIMIT": "64MiB", "NOMAD_MEMORY_LIMIT": "10"}, limits{}},
		{"GOGC wins", config.Resources{Memory: 1000 * MiB}, four, map[string]string{"GOGC": "50"}, limits{memory: 900 * MiB}},
		{"Nomad's memory wins over the config", config.Resources{Memory: 1000 * MiB}, four, map[string]string{"NOMAD_MEMORY_LIMIT": "500"}, limits{memory: 450 * MiB, gc: gcPercent}},
		{"processors rounded up", config.Resources{CPU: 5000}, four, nil, limits{procs: 3}},
		{"never below two", config.Resources{CPU: 100}, four, nil, limits{procs: 2}},
		{"never above the machine", config.Resources{CPU: 100_000}, four, nil, limits{procs: 4}},
		{"one core is one", config.Resources{CPU: 4000}, machine{cpus: 1}, nil, limits{procs: 1}},
		{"unknown speed", config.Resources{CPU: 6000}, machine{cpus: 8}, nil, limits{procs: 3}},
		{"GOMAXPROCS wins", config.Resources{CPU: 5000}, four, map[string]string{"GOMAXPROCS": "1"}, limits{}},
		{"Nomad's MHz win over the config", config.Resources{CPU: 100}, four, map[string]string{"NOMAD_CPU_LIMIT": "7200"}, limits{procs: 3}},
		{"Nomad's cores win over its MHz", config.Resources{}, machine{cpus: 16}, map[string]string{"NOMAD_CPU_LIMIT": "2400", "NOMAD_CPU_CORES": "0-3,6"}, limits{procs: 5}},
		{"nonsense is not obeyed", config.Resources{}, four, map[string]string{"NOMAD_CPU_LIMIT": "many", "NOMAD_MEMORY_LIMIT": "-5", "NOMAD_CPU_CORES": "x"}, limits{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lookup := func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }
			if got := planLimits(tt.res, tt.m, lookup); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
