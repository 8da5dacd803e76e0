package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// asJob is the environment variable that makes the test binary a job's binary:
// signals, exit codes and kills are tested on real processes.
const asJob = "SPAAS_TEST_AS_JOB"

func TestMain(m *testing.M) {
	if name, ok := os.LookupEnv(asJob); ok {
		build := testJobs[name]
		if build == nil {
			fmt.Fprintf(os.Stderr, "there is no test job %q\n", name)
			os.Exit(99)
		}
		go dieWithParent()
		Main(build)
	}
	os.Exit(m.Run())
}

// dieWithParent ends the process when the test that started it is gone, however
// it went: the pipe it holds open is then closed.
func dieWithParent() {
	_, _ = os.NewFile(3, "parent").Read(make([]byte, 1))
	os.Exit(98)
}

// patience bounds every wait for a process. It is never reached in a run that passes.
const patience = 30 * time.Second

// jobProcess is a job as a process of its own.
type jobProcess struct {
	t      testing.TB
	cmd    *exec.Cmd
	status string // the status file
	out    *safeBuffer
	err    *safeBuffer
	ended  chan struct{}
}

// command prepares a job as a process, in a folder.
func command(t testing.TB, build, dir string, args ...string) *jobProcess {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &jobProcess{t: t, out: &safeBuffer{}, err: &safeBuffer{}, ended: make(chan struct{})}
	p.cmd = exec.Command(exe, args...)
	p.cmd.Dir = dir
	p.cmd.Env = append(os.Environ(), asJob+"="+build)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	return p
}

// startJob runs a job until the test ends or it does.
func startJob(t testing.TB, build, dir string, args ...string) *jobProcess {
	t.Helper()
	status := filepath.Join(t.TempDir(), "status.json")
	p := command(t, build, dir, append([]string{"run", "--status-file", status, "--log", "json"}, args...)...)
	p.status = status
	p.start()
	return p
}

func (p *jobProcess) start() {
	p.t.Helper()
	theirs, ours, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd.ExtraFiles = []*os.File{theirs}
	err = p.cmd.Start()
	theirs.Close()
	if err != nil {
		ours.Close()
		p.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait()
		ours.Close()
	}()
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if p.t.Failed() {
			status, _ := os.ReadFile(p.status)
			p.t.Logf("%v wrote:\n%s%s\nits last status: %s", p.cmd.Args[1:], p.out, p.err, status)
		}
	})
}

// exitCode waits for the end; -1 is a signal's.
func (p *jobProcess) exitCode() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("still running after %v", patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// signal sends one and does not wait.
func (p *jobProcess) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// kill is SIGKILL, and waits.
func (p *jobProcess) kill() {
	p.t.Helper()
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// last is what the status file says; false before there is one.
func (p *jobProcess) last() (jobapi.Status, bool) {
	p.t.Helper()
	var s jobapi.Status
	data, err := os.ReadFile(p.status)
	if errors.Is(err, os.ErrNotExist) {
		return s, false
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return s, true
}

// live asks the job itself over HTTP.
func (p *jobProcess) live() (jobapi.Status, bool) {
	file, ok := p.last()
	if !ok || file.Listen == "" {
		return file, false
	}
	_, body, err := get("http://" + file.Listen + pathJob)
	var s jobapi.Status
	return s, err == nil && json.Unmarshal(body, &s) == nil
}

// until polls the live status until it is as wanted.
func (p *jobProcess) until(what string, wanted func(jobapi.Status) bool) jobapi.Status {
	p.t.Helper()
	var s jobapi.Status
	eventually(p.t, what, func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("ended with code %d before: %s", p.cmd.ProcessState.ExitCode(), what)
		default:
		}
		var ok bool
		s, ok = p.live()
		return ok && wanted(s)
	})
	return s
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// get reads a page of a job.
func get(url string) (code int, body []byte, err error) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// safeBuffer is written by a process and read by a test at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// files writes files into a new folder.
func files(t testing.TB, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
