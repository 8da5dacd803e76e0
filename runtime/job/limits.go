package job

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spaas/spaas/pkg/config"
)

// limits are the bounds that the Go runtime is given so that the process keeps
// within its task: 0 leaves a bound as Go chose it.
//
// Most specific wins: GOMEMLIMIT, GOMAXPROCS and GOGC of the environment (Go
// has applied them already), then what Nomad granted the task (NOMAD_MEMORY_LIMIT
// in MiB, NOMAD_CPU_CORES, NOMAD_CPU_LIMIT in MHz), then resources of the config.
type limits struct {
	memory int64 // GOMEMLIMIT, bytes
	procs  int   // GOMAXPROCS
	gc     int   // GOGC, percent
}

// machine is what limits need to know of the machine.
type machine struct {
	cpus int
	mhz  float64 // of one core; 0: unknown
}

// The rules of planLimits.
const (
	// Memory that the limit leaves to what Go does not count (mapped pages of
	// the binary, kernel buffers of sockets) and to a heap that outruns the GC:
	// a tenth, and not less than this, but never more than half.
	minHeadroom = 24 << 20
	// Go itself never goes below two for a quota: with one, heartbeats, probes
	// and the barrier would wait behind a busy operator.
	minProcs = 2
	// assumedMHz stands in where the speed of a core cannot be read.
	assumedMHz = 2000
	// gcPercent lets garbage grow further than Go's default of 100 before it is
	// collected. It is for jobs with a memory limit only, which takes over when
	// memory gets scarce: fewer collections at no risk.
	gcPercent = 200
)

// planLimits decides the limits; lookup is the environment.
func planLimits(res config.Resources, m machine, lookup func(string) (string, bool)) limits {
	var l limits
	number := func(name string) float64 {
		s, _ := lookup(name)
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	isSet := func(name string) bool { s, ok := lookup(name); return ok && s != "" }

	if !isSet("GOMEMLIMIT") {
		granted := int64(res.Memory)
		if n := number("NOMAD_MEMORY_LIMIT"); n > 0 {
			granted = int64(n) << 20
		}
		if granted > 0 {
			l.memory = granted - min(max(granted/10, minHeadroom), granted/2)
			if !isSet("GOGC") {
				l.gc = gcPercent
			}
		}
	}
	if !isSet("GOMAXPROCS") {
		mhz := float64(res.CPU)
		if n := number("NOMAD_CPU_LIMIT"); n > 0 {
			mhz = n
		}
		perCore := m.mhz
		if perCore <= 0 {
			perCore = assumedMHz
		}
		procs := int(math.Ceil(mhz / perCore))
		if cores, _ := lookup("NOMAD_CPU_CORES"); cores != "" {
			procs = countCores(cores)
		}
		if procs > 0 {
			l.procs = min(max(procs, minProcs), m.cpus)
		}
	}
	return l
}

// apply hands the limits to the Go runtime.
func (l limits) apply() {
	if l.memory > 0 {
		debug.SetMemoryLimit(l.memory)
	}
	if l.gc > 0 {
		debug.SetGCPercent(l.gc)
	}
	if l.procs > 0 {
		runtime.GOMAXPROCS(l.procs)
	}
}

// countCores counts the cores of a list as cgroups write it: "0-3,6". It is 0
// when the list cannot be read.
func countCores(list string) int {
	n := 0
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		from, err := strconv.Atoi(first)
		if err != nil {
			return 0
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(last); err != nil || to < from {
				return 0
			}
		}
		n += to - from + 1
	}
	return n
}

// thisMachine reads the number of processors and, on Linux, the speed of one.
func thisMachine() machine {
	m := machine{cpus: runtime.NumCPU()}
	for _, file := range []string{"base_frequency", "cpuinfo_max_freq"} {
		kHz, err := os.ReadFile("/sys/devices/system/cpu/cpu0/cpufreq/" + file)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(string(kHz)), 64); err == nil {
			m.mhz = n / 1000
			return m
		}
	}
	// Virtual machines often have no cpufreq.
	cpuinfo, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(cpuinfo)) {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(name) == "cpu MHz" {
			m.mhz, _ = strconv.ParseFloat(strings.TrimSpace(value), 64)
			return m
		}
	}
	return m
}
