package job

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/jobapi"
)

// firstConfig is the config of the test job "first", whose source is code.
const firstConfig = `
version: 1
job: first
namespace: test
sinks:
  out: {connector: blackhole}
`

// BenchmarkStart measures how long it takes from starting the process of a job
// to the first record in user code, everything on the way included: the Go
// runtime, the config, the store's probe, the decision log. The mark is 300 ms.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		dir := files(b, map[string]string{"spaas.yaml": firstConfig})
		p := command(b, "first", dir, "run", "--log", "json")
		first := make(chan struct{})
		p.cmd.Stdout = &awaited{text: "first", seen: first}
		b.StartTimer()
		p.start()
		select {
		case <-first:
		case <-p.ended:
			b.Fatalf("ended before the first record:\n%s", p.err)
		}
		b.StopTimer()
		p.kill()
		b.StartTimer()
	}
}

// BenchmarkIdle measures the resident memory of a job that has little to do,
// with checkpoints going on. The mark is 40 MB.
func BenchmarkIdle(b *testing.B) {
	config := strings.ReplaceAll(tickConfig, "rate: 1000", "rate: 1")
	var resident, anonymous float64
	n := 0
	for b.Loop() {
		p := startJob(b, "pass", files(b, map[string]string{"spaas.yaml": config}))
		p.until("some checkpoints", func(s jobapi.Status) bool { return s.Checkpoints.Completed >= 10 })
		resident += procStatus(b, p.cmd.Process.Pid, "VmRSS")
		anonymous += procStatus(b, p.cmd.Process.Pid, "RssAnon")
		p.kill()
		n++
	}
	b.ReportMetric(resident/float64(n), "MB-resident")
	b.ReportMetric(anonymous/float64(n), "MB-anonymous")
}

// procStatus reads a size in MB from /proc.
func procStatus(b *testing.B, pid int, field string) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("memory is read from Linux' /proc: %v", err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			var kB float64
			if _, err := fmt.Sscan(rest, &kB); err != nil {
				b.Fatal(err)
			}
			return kB / 1024
		}
	}
	b.Fatalf("no %s in:\n%s", field, data)
	return 0
}

// awaited is a writer that says when it has seen a text.
type awaited struct {
	text string
	seen chan struct{}
	got  bytes.Buffer
}

func (w *awaited) Write(p []byte) (int, error) {
	before := strings.Contains(w.got.String(), w.text)
	w.got.Write(p)
	if !before && strings.Contains(w.got.String(), w.text) {
		close(w.seen)
	}
	return len(p), nil
}
