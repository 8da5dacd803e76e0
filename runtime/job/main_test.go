package job

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// sumConfig reads in.ndjson and writes the folder out.
const sumConfig = `
version: 1
job: sums
namespace: test
sources:
  in: {connector: file, file: {path: in.ndjson, format: json}}
sinks:
  out: {connector: file, file: {path: out, format: json}}
resources: {parallelism: 2}
checkpoint: {every: 100ms, timeout: 10s}
`

// tickConfig is a job that never ends by itself.
const tickConfig = `
version: 1
job: ticks
namespace: test
sources:
  in: {connector: generator, generator: {rate: 1000, step: 1ms, start: "2026-11-24T12:00:00Z", format: json, fields: {at: time, key: "one_of(a,b)", n: seq}}}
sinks:
  out: {connector: blackhole}
checkpoint: {every: 100ms, timeout: 10s}
`

// events makes n events a millisecond apart, of ten keys, and what a job that
// sums them per key and minute must come to.
func events(n int) (input string, want map[string]sum) {
	var b strings.Builder
	want = map[string]sum{}
	for i := range n {
		at := noon().Add(time.Duration(i) * 10 * time.Millisecond)
		key := fmt.Sprintf("key-%d", i%10)
		fmt.Fprintf(&b, `{"at":%q,"key":%q,"n":%d}`+"\n", at.Format(time.RFC3339Nano), key, i)
		pane := key + " " + at.Truncate(time.Minute).Format(time.RFC3339)
		s := want[pane]
		want[pane] = sum{s.Events + 1, s.Sum + int64(i)}
	}
	return b.String(), want
}

// results reads what the job wrote; the last pane of a key and window counts.
func results(t *testing.T, dir string) map[string]sum {
	t.Helper()
	got := map[string]sum{}
	names, err := filepath.Glob(filepath.Join(dir, "out", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var pane struct {
				Key   string    `json:"key"`
				Start time.Time `json:"start"`
				Value sum       `json:"value"`
			}
			if err := json.Unmarshal(lines.Bytes(), &pane); err != nil {
				t.Fatalf("%s: %v: %s", name, err, lines.Text())
			}
			id := pane.Key + " " + pane.Start.Format(time.RFC3339)
			// Replayed windows may stand twice, never with another value.
			if before, ok := got[id]; ok && before != pane.Value {
				t.Errorf("%s came as %+v and as %+v", id, before, pane.Value)
			}
			got[id] = pane.Value
		}
	}
	return got
}

func TestRunToTheEnd(t *testing.T) {
	input, want := events(20_000)
	dir := files(t, map[string]string{"spaas.yaml": sumConfig, "in.ndjson": input})
	p := startJob(t, "sum", dir)
	if code := p.exitCode(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if got := results(t, dir); !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	s, _ := p.last()
	if s.State != jobapi.Finished || s.Job != "sums" || s.Sources[0].In != 20_000 || !s.Sources[0].Ended || s.Checkpoints.Completed == 0 {
		t.Errorf("the final status is %+v", s)
	}
	if log := p.err.String(); !strings.Contains(log, `"msg":"finished"`) || !strings.Contains(log, `"in":20000`) {
		t.Errorf("no final summary in the log:\n%s", log)
	}
}

// SIGTERM and Ctrl-C take a final checkpoint, and the next start goes on there.
func TestSignalAndGoOn(t *testing.T) {
	dir := files(t, map[string]string{"spaas.yaml": tickConfig})
	var last uint64
	for i, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := startJob(t, "pass", dir)
		s := p.until("records come", func(s jobapi.Status) bool { return s.State == jobapi.Running && s.Sources[0].In > 20 })
		if s.Restored != last {
			t.Errorf("start %d restored checkpoint %d, want %d", i, s.Restored, last)
		}
		p.signal(signal)
		if code := p.exitCode(); code != 0 {
			t.Errorf("%v: exit code %d", signal, code)
		}
		s, _ = p.last()
		if s.State != jobapi.Stopped || !strings.Contains(s.Reason, "told to stop by") || s.Checkpoints.Last == nil {
			t.Fatalf("%v: the final status is %+v", signal, s)
		}
		last = s.Checkpoints.Last.ID
	}
}

// SIGKILL at any moment after a checkpoint changes nothing about the results.
func TestKilledAndRestarted(t *testing.T) {
	input, want := events(300_000)
	dir := files(t, map[string]string{
		"spaas.yaml":   sumConfig,
		"in.ndjson":    input,
		"control.json": `{"api":1,"id":"slow","want":"running","rate":{"in":8000}}`,
	})
	run := func() *jobProcess { return startJob(t, "sum", dir, "--control", filepath.Join(dir, "control.json")) }
	for kill := range 3 {
		p := run()
		s := p.until("a checkpoint in the middle", func(s jobapi.Status) bool {
			return s.Checkpoints.Completed >= 1 && s.Sources[0].In > 500
		})
		if s.Sources[0].Ended {
			t.Fatalf("kill %d: the input had ended already", kill)
		}
		if kill > 0 && s.Restored == 0 {
			t.Errorf("kill %d: started from nothing", kill)
		}
		p.kill()
	}
	if err := os.Remove(filepath.Join(dir, "control.json")); err != nil {
		t.Fatal(err)
	}
	if code := run().exitCode(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if got := results(t, dir); !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// Of two copies of one job the newer one writes; the older ends and says why.
func TestTwoCopies(t *testing.T) {
	dir := files(t, map[string]string{"spaas.yaml": tickConfig})
	flowing := func(s jobapi.Status) bool { return s.State == jobapi.Running && s.Checkpoints.Completed > 0 }
	older := startJob(t, "pass", dir)
	first := older.until("it runs", flowing)
	newer := startJob(t, "pass", dir)
	if code := older.exitCode(); code != 4 {
		t.Errorf("the older copy's exit code is %d, want 4", code)
	}
	s, _ := older.last()
	second := newer.until("it runs", flowing)
	if second.Term <= first.Term || second.State != jobapi.Running {
		t.Errorf("terms %d and %d, the newer is %s", first.Term, second.Term, second.State)
	}
	for _, says := range []string{"copy", fmt.Sprint(newer.cmd.Process.Pid)} {
		if s.State != jobapi.Failed || !strings.Contains(s.Reason, says) {
			t.Errorf("the older copy is %s and does not say %q: %s", s.State, says, s.Reason)
		}
	}
}

func TestControlRecord(t *testing.T) {
	dir := files(t, map[string]string{"spaas.yaml": tickConfig})
	folder := filepath.Join(dir, ".spaas", "state", "test", "ticks")
	ask := func(record string) {
		if err := os.WriteFile(filepath.Join(folder, jobapi.ControlName), []byte(record), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(id string) (op jobapi.Operation) {
		eventually(t, "operation "+id+" is answered", func() bool {
			data, err := os.ReadFile(filepath.Join(folder, jobapi.OperationName(id)))
			return err == nil && json.Unmarshal(data, &op) == nil && op.State.Final()
		})
		return op
	}
	p := startJob(t, "pass", dir)
	p.until("it runs", func(s jobapi.Status) bool { return s.State == jobapi.Running })

	ask(`{"api":1,"id":"save","want":"paused","savepoint":true}`)
	if op := answer("save"); op.State != jobapi.OperationDone || op.Checkpoint == 0 {
		t.Errorf("savepoint: %+v", op)
	}
	p.until("it pauses", func(s jobapi.Status) bool { return s.State == jobapi.Paused })
	ask(`{"api":1,"id":"bad","want":"running","rate":{"inn":1}}`)
	if op := answer("bad"); op.State != jobapi.OperationFailed || !strings.Contains(op.Error, `did you mean "in"`) {
		t.Errorf("bad rate: %+v", op)
	}
	stop := `{"api":1,"id":"stop","want":"stopped"}`
	ask(stop)
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if op := answer("stop"); op.State != jobapi.OperationDone || op.Checkpoint == 0 {
		t.Errorf("stop: %+v", op)
	}

	// The record stands there still; starting the job again is the newer wish.
	p = startJob(t, "pass", dir)
	p.until("it runs again", func(s jobapi.Status) bool { return s.State == jobapi.Running && s.Sources[0].In > 0 })
	ask(`{"api":1,"id":"drain","want":"drained"}`)
	answer("drain")
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if s, _ := p.last(); s.State != jobapi.Finished {
		t.Errorf("drained, it is %s", s.State)
	}
}

// A fault that no restart cures: with --on-fault stay the process stays up and
// says so wherever it is asked, with exit it ends with the fault's code.
func TestIncurableFault(t *testing.T) {
	dir := files(t, map[string]string{"spaas.yaml": strings.ReplaceAll(tickConfig, "connector: blackhole", "connector: blakhole")})

	p := startJob(t, "pass", dir)
	var s jobapi.Status
	eventually(t, "it has failed", func() bool {
		var ok bool
		s, ok = p.live()
		return ok && s.State == jobapi.Failed
	})
	if !strings.Contains(s.Reason, "blakhole") || !strings.Contains(s.Reason, "spaas.yaml:") {
		t.Errorf("the reason does not say what is wrong and where: %s", s.Reason)
	}
	code, body, err := get("http://" + s.Listen + pathReady)
	if err != nil || code != http.StatusServiceUnavailable || !strings.Contains(string(body), "blakhole") {
		t.Errorf("/readyz: %d, %v: %s", code, err, body)
	}
	if code, _, err := get("http://" + s.Listen + pathHealth); err != nil || code != http.StatusOK {
		t.Errorf("/healthz: %d, %v", code, err)
	}
	if n := strings.Count(p.err.String(), `"level":"ERROR"`); n != 1 {
		t.Errorf("the log has %d errors, want one", n)
	}
	p.signal(syscall.SIGTERM)
	if code := p.exitCode(); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}

	p = startJob(t, "pass", dir, "--on-fault", "exit")
	if code := p.exitCode(); code != 2 {
		t.Errorf("--on-fault exit: exit code %d, want 2", code)
	}
}

// A sink has to guarantee what the config demands.
func TestDeliveryThatASinkDoesNotHave(t *testing.T) {
	input, _ := events(10)
	for sink, want := range map[string]int{
		"connector: file, file: {path: out}": 0, "connector: blackhole": 0, "connector: stdout": 2,
	} {
		config := strings.Replace(sumConfig, "connector: file, file: {path: out, format: json}", sink+", delivery: exactly-once", 1)
		dir := files(t, map[string]string{"spaas.yaml": config, "in.ndjson": input})
		p := startJob(t, "sum", dir, "--on-fault", "exit")
		if code := p.exitCode(); code != want {
			t.Errorf("%s: exit code %d, want %d", sink, code, want)
		}
		if says := `connector \"stdout\" writes at least once, and the config demands exactly once`; want != 0 && !strings.Contains(p.err.String(), says) {
			t.Errorf("the log does not say %s:\n%s", says, p.err)
		}
	}
}

// Code and config that do not fit are told with both places, all at once.
func TestCodeAndConfigDisagree(t *testing.T) {
	dir := files(t, map[string]string{"spaas.yaml": tickConfig})
	p := startJob(t, "strange", dir, "--on-fault", "exit", "--set", "properties.windw=1m")
	if code := p.exitCode(); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	log := p.err.String()
	for _, says := range []string{"testjobs_test.go:", `"ni\"`, `elsewhere`, `did you mean`, `windw`} {
		if !strings.Contains(log, strings.ReplaceAll(says, `"ni\"`, `\"ni\"`)) {
			t.Errorf("the log does not say %s:\n%s", says, log)
		}
	}
}

func TestPanicInUserCode(t *testing.T) {
	dir := files(t, map[string]string{
		"spaas.yaml": sumConfig,
		"in.ndjson":  `{"at":"2026-11-24T12:00:00Z","key":"a","n":1}` + "\n" + `{"at":"2026-11-24T12:00:01Z","key":"a","n":3}` + "\n",
	})
	p := startJob(t, "panic", dir)
	if code := p.exitCode(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	log := p.err.String()
	for _, says := range []string{"event three was never expected", "no-threes", "in.ndjson", "testjobs_test.go"} {
		if !strings.Contains(log, says) {
			t.Errorf("the log does not say %q:\n%s", says, log)
		}
	}
}
