package runcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/localbroker"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/version"
)

const copyJob = `version: 1
job: copy
sources:
  in: {connector: kafka, kafka: {cluster: kafka-test, topic: in, format: lines}}
sinks:
  out: {connector: kafka, kafka: {cluster: kafka-test, topic: out}}
resources: {parallelism: 2}
`

// bench is a job's folder and how runs in it are asked for.
type bench struct {
	t        *testing.T
	dir      string
	terminal []term.Option
	now      *term.Buffer // what the newest run writes to its standard output
}

// ran is a run that has ended.
type ran struct {
	code           int
	err            error
	stdout, stderr string
}

// run runs the job with what was asked, and ends it by Ctrl-C when until holds
// of what it has written.
func (b *bench) run(o Options, global cli.Global, until func(stdout string) bool) ran {
	b.t.Helper()
	t, stdout, stderr := term.Fake(b.terminal...)
	b.now = stdout
	global.Dir = b.dir
	o.f = &cli.Factory{Term: t, Getenv: os.Getenv, Now: time.Now, Version: version.Get, Global: global}
	o.build = linkFakeJob
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, &o) }()
	deadline := time.After(30 * time.Second)
	for {
		select {
		case err := <-ended:
			return ran{cli.CodeOf(err), err, stdout.String(), stderr.String()}
		case <-deadline:
			b.t.Fatalf("the run does not end:\n%s\n%s", stdout, stderr)
		case <-time.After(5 * time.Millisecond):
			if until != nil && until(stdout.String()) {
				cancel()
				until = nil
			}
		}
	}
}

func newBench(t *testing.T, files map[string]string) *bench {
	t.Helper()
	if files["spaas.yaml"] == "" {
		files["spaas.yaml"] = copyJob
	}
	return &bench{t: t, dir: jobFolder(t, files)}
}

// resultsIn are the results among what was written, sorted.
func resultsIn(stdout string) []string {
	var all []string
	for line := range strings.Lines(stdout) {
		if rest, ok := strings.CutPrefix(line, "out  "); ok && strings.HasPrefix(rest, "{") {
			all = append(all, strings.TrimSpace(rest))
		}
	}
	slices.Sort(all)
	return all
}

// contains is for until.
func contains(text string) func(string) bool {
	return func(stdout string) bool { return strings.Contains(stdout, text) }
}

func TestRunUntilIdle(t *testing.T) {
	b := newBench(t, map[string]string{"testdata/in.log": "one\ntwo\nthree\n"})
	r := b.run(Options{UntilIdle: true}, cli.Global{}, nil)
	if r.code != 0 {
		t.Fatalf("exit code %d: %v\n%s", r.code, r.err, r.stderr)
	}
	if got, want := fmt.Sprint(resultsIn(r.stdout)), `[{"line":"one"} {"line":"three"} {"line":"two"}]`; got != want {
		t.Errorf("results %s, want %s", got, want)
	}
	for _, want := range []string{
		"copy has read all of its input; every window has fired",
		"in             3  in 3 (fed 3)", "out            3  out 3 (topic out)", "late           0", "bad            0", "checkpoints    1  the last is 1",
		"spaas -C " + b.dir + " run --fresh", "config show", "build",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%q is missing in:\n%s", want, r.stdout)
		}
	}

	// It is over: the job is not even started, and what is new would not be read.
	if r = b.run(Options{}, cli.Global{}, nil); r.code != 0 || !strings.Contains(r.stdout, "copy is over here") {
		t.Errorf("again: exit code %d: %v\n%s", r.code, r.err, r.stdout)
	}
	file, err := os.OpenFile(filepath.Join(b.dir, "testdata/in.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(file, "four")
	file.Close()
	if r = b.run(Options{}, cli.Global{}, nil); r.code != cli.Refused || !strings.Contains(r.err.Error(), "--fresh") {
		t.Errorf("with new input: exit code %d: %v", r.code, r.err)
	}
	if r = b.run(Options{UntilIdle: true, Fresh: true}, cli.Global{}, nil); r.code != 0 || len(resultsIn(r.stdout)) != 4 {
		t.Errorf("fresh: exit code %d: %v\n%s", r.code, r.err, r.stdout)
	}
}

func TestCtrlCAndOn(t *testing.T) {
	b := newBench(t, map[string]string{"testdata/in.log": "one\ntwo\n"})
	r := b.run(Options{}, cli.Global{}, contains("two"))
	if r.code != 0 || !strings.Contains(r.stdout, "was told to stop and has taken a final checkpoint") || !strings.Contains(r.stdout, "go on from checkpoint 1") {
		t.Fatalf("exit code %d: %v\n%s\n%s", r.code, r.err, r.stdout, r.stderr)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "testdata/in.log"), []byte("one\ntwo\nthree\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r = b.run(Options{}, cli.Global{}, contains("three"))
	if got := fmt.Sprint(resultsIn(r.stdout)); r.code != 0 || got != `[{"line":"three"}]` {
		t.Errorf("the second run shows %s: %v", got, r.err)
	}
	if !strings.Contains(r.stdout, "in 1 (fed 1, 2 before)") || !strings.Contains(r.stdout, "went on from 1, the last is 2") {
		t.Errorf("summary:\n%s", r.stdout)
	}
	// Where another end was asked for, Ctrl-C is an interruption.
	r = b.run(Options{For: time.Hour}, cli.Global{}, func(string) bool { return strings.Contains(b.status(), "running") })
	if r.code != cli.Interrupted || !strings.Contains(r.stdout, "was told to stop") {
		t.Errorf("exit code %d: %v\n%s", r.code, r.err, r.stdout)
	}
}

// status is what the job last said of itself.
func (b *bench) status() string {
	text, _ := os.ReadFile(filepath.Join(b.dir, ".spaas/run/status.json"))
	return string(text)
}

func TestFor(t *testing.T) {
	b := newBench(t, map[string]string{})
	r := b.run(Options{For: 10 * time.Millisecond}, cli.Global{}, nil)
	if r.code != 0 || !strings.Contains(r.stdout, "has run for 10ms and taken a final checkpoint") {
		t.Errorf("exit code %d: %v\n%s", r.code, r.err, r.stdout)
	}
	if !strings.Contains(r.stderr, "nothing is fed to source in: there is no testdata/in.*, and no --input in=PATH") {
		t.Errorf("stderr:\n%s", r.stderr)
	}
}

func TestJSON(t *testing.T) {
	b := newBench(t, map[string]string{"my.log": "one\n"})
	r := b.run(Options{UntilIdle: true, Inputs: []string{"in=my.log"}, Config: jobconf.Flags{Set: []string{"properties.does=print"}}}, cli.Global{JSON: true}, nil)
	var got document
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil || dec.More() {
		t.Fatalf("%v: more than one document, or none:\n%s\n%s", err, r.stdout, r.stderr)
	}
	if got.Seconds <= 0 || got.API != 1 {
		t.Errorf("seconds %v, api %d", got.Seconds, got.API)
	}
	got.Seconds = 0
	text, _ := json.Marshal(got)
	want := strings.ReplaceAll(`{"api":1,"job":"copy","ended":"idle","state":"finished","seconds":0,"in":1,"out":1,"late":0,"bad":0,`+
		`"sources":[{"name":"in","connector":"kafka","fed":1,"fed_before":0,"in":1,"bad":0}],`+
		`"sinks":[{"name":"out","connector":"kafka","out":1,"where":"topic out"}],"checkpoints":{"completed":1,"last":1},`+
		`"log":".spaas/run/job.log","next":["spaas -C DIR run --fresh","spaas -C DIR config show","spaas -C DIR build"]}`, "DIR", b.dir)
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if !strings.Contains(r.stderr, "printed by the job") {
		t.Errorf("stderr:\n%s", r.stderr)
	}
}

// What the job prints and warns of is shown; what it only notes is in its log.
func TestWhatTheJobSays(t *testing.T) {
	b := newBench(t, map[string]string{})
	r := b.run(Options{For: 10 * time.Millisecond, Config: jobconf.Flags{Set: []string{"properties.does=print"}}}, cli.Global{}, nil)
	if !strings.Contains(r.stdout, "printed by the job\n") {
		t.Errorf("stdout:\n%s", r.stdout)
	}
	if !strings.Contains(r.stderr, `warning  something is slow  after="3 s"`) || strings.Contains(r.stderr, "nobody is told") {
		t.Errorf("stderr:\n%s", r.stderr)
	}
	if log, _ := os.ReadFile(filepath.Join(b.dir, ".spaas/run/job.log")); !bytes.Contains(log, []byte("nobody is told")) {
		t.Errorf("log:\n%s", log)
	}
}

func TestJobsThatFail(t *testing.T) {
	tests := []struct {
		does  string
		input string
		code  int
		want  []string
	}{
		{"config fault", "", cli.Usage, []string{`main.go:7: the code names source "x"`}},
		{"state fault", "", cli.Refused, []string{"the state does not fit"}},
		{"panic", "", cli.Failed, []string{"the job's process died", "panic: boom", ".spaas/run/job.log"}},
		{"", "good\nbad\n", cli.Failed, []string{"cannot be decoded"}},
	}
	for _, tt := range tests {
		t.Run(tt.does, func(t *testing.T) {
			b := newBench(t, map[string]string{"testdata/in.log": tt.input})
			r := b.run(Options{UntilIdle: true, Config: jobconf.Flags{Set: []string{"properties.does=" + tt.does}}}, cli.Global{}, nil)
			if r.code != tt.code {
				t.Errorf("exit code %d, want %d: %v", r.code, tt.code, r.err)
			}
			for _, want := range tt.want {
				if r.err == nil || !strings.Contains(r.err.Error(), want) {
					t.Errorf("error %v, want %q", r.err, want)
				}
			}
			if strings.Contains(r.stdout, "Next:") {
				t.Errorf("a run that failed is summed up:\n%s", r.stdout)
			}
		})
	}
}

// What is wrong before anything is started leaves nothing behind.
func TestRefusedBeforeAnything(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		g    cli.Global
		code int
		want string
	}{
		{"unknown source", Options{Inputs: []string{"inn=x.log"}}, cli.Global{}, cli.Usage, `did you mean "in"?`},
		{"config", Options{Config: jobconf.Flags{Set: []string{"resources.paralelism=2"}}}, cli.Global{}, cli.Usage, "paralelism"},
		{"environment that is not there", Options{}, cli.Global{Env: "prod"}, cli.Usage, "prod"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, map[string]string{"x.log": "x\n"})
			r := b.run(tt.o, tt.g, nil)
			if r.code != tt.code || !strings.Contains(r.err.Error(), tt.want) {
				t.Errorf("exit code %d, want %d: %v", r.code, tt.code, r.err)
			}
			if _, err := os.Stat(filepath.Join(b.dir, ".spaas")); err == nil {
				t.Error("something was left behind")
			}
		})
	}
}

func TestEndlessUntilIdleIsRefused(t *testing.T) {
	b := newBench(t, map[string]string{"spaas.yaml": `version: 1
job: made
sources:
  ticks: {connector: generator, generator: {rate: 10/s}}
sinks:
  out: {connector: stdout}
`})
	r := b.run(Options{UntilIdle: true}, cli.Global{}, nil)
	if r.code != cli.Usage || !strings.Contains(r.err.Error(), `source "ticks" makes records without end`) || !strings.Contains(r.err.Error(), "spaas.yaml:4:") {
		t.Errorf("exit code %d: %v", r.code, r.err)
	}
}

// Files go into real topics only when somebody says yes.
func TestFeedingRealTopicsIsAsked(t *testing.T) {
	files := func() map[string]string {
		return map[string]string{
			"envs/staging.yaml": "context: staging\n", "testdata/in.log": "x\n", "x.log": "x\n",
			"platform.yaml": "version: 1\nkafka: {kafka-test: {brokers: [\"127.0.0.1:1\"]}}\n",
		}
	}
	for _, tt := range []struct {
		name     string
		terminal []term.Option
		want     string
	}{
		{"nobody is there", nil, "Feed x.log into topic in of environment staging?: there is no terminal to ask on"},
		{"no", []term.Option{term.AsTTY(80, 24), term.WithInput("n\n")}, "nothing was fed, and nothing was run"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, files())
			b.terminal = tt.terminal
			r := b.run(Options{Inputs: []string{"in=x.log"}, Config: jobconf.Flags{Platform: "platform.yaml"}}, cli.Global{Env: "staging"}, nil)
			if r.code != cli.Refused || !strings.Contains(r.err.Error(), tt.want) {
				t.Errorf("exit code %d: %v", r.code, r.err)
			}
		})
	}
}

// With an environment the topics are the real ones, and the samples of testdata
// stay where they are.
func TestEnvironment(t *testing.T) {
	real, err := localbroker.Open(t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer real.Close()
	if err := real.Ensure(t.Context(), []localbroker.Topic{{Name: "in", Partitions: 1}, {Name: "out", Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, map[string]string{
		"envs/staging.yaml": "context: staging\n", "testdata/in.log": "sample\n", "x.log": "one\ntwo\n",
		"platform.yaml": fmt.Sprintf("version: 1\nkafka: {kafka-test: {brokers: [%q]}}\n", real.Addr()),
	})
	staging := cli.Global{Env: "staging"}
	r := b.run(Options{For: 10 * time.Millisecond}, staging, nil)
	if r.code != 0 || !strings.Contains(r.stdout, "in 0") || strings.Contains(r.stderr, "broker at") {
		t.Fatalf("exit code %d: %v\n%s\n%s", r.code, r.err, r.stdout, r.stderr)
	}
	staging.Yes = true
	r = b.run(Options{UntilIdle: true, Inputs: []string{"in=x.log"}}, staging, nil)
	if got := fmt.Sprint(resultsIn(r.stdout)); r.code != 0 || got != `[{"line":"one"} {"line":"two"}]` {
		t.Errorf("exit code %d: %v, results %s", r.code, r.err, got)
	}
	if !strings.Contains(r.stdout, "run --fresh --env staging") {
		t.Errorf("summary:\n%s", r.stdout)
	}
	for name, want := range map[string]bool{
		".spaas/run/env/staging/checkpoints": true, ".spaas/run/env/staging/fed-kafka-test.json": true, ".spaas/run/broker": false,
	} {
		if _, err := os.Stat(filepath.Join(b.dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwoRunsAtOnce(t *testing.T) {
	b := newBench(t, map[string]string{"testdata/in.log": "one\n"})
	var second ran
	r := b.run(Options{}, cli.Global{}, func(stdout string) bool {
		if !strings.Contains(stdout, "one") {
			return false
		}
		other := *b
		second = other.run(Options{Fresh: true, For: time.Millisecond}, cli.Global{}, nil)
		return true
	})
	if r.code != 0 {
		t.Errorf("the first: exit code %d: %v\n%s\n%s", r.code, r.err, r.stdout, r.stderr)
	}
	if second.code != cli.Refused || !strings.Contains(second.err.Error(), "running here already (process") {
		t.Errorf("the second: exit code %d: %v", second.code, second.err)
	}
}

// On a terminal the newest results are a table under a line of progress, and the
// summary stands below it.
func TestTableOnATerminal(t *testing.T) {
	b := newBench(t, map[string]string{"testdata/in.log": "one\ntwo\n"})
	b.terminal = []term.Option{term.AsTTY(100, 40)}
	r := b.run(Options{UntilIdle: true}, cli.Global{}, nil)
	for _, want := range []string{"SINK out  2 results", "\none\n", "\ntwo\n", "finished · in 2", "lag 0", "checkpoint 1"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%q is missing in:\n%q", want, r.stdout)
		}
	}
	if strings.LastIndex(r.stdout, "Next:") < strings.LastIndex(r.stdout, "SINK out") {
		t.Errorf("the summary is not below the table:\n%q", r.stdout)
	}
}
