package jobprocess

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// TestMain makes the test binary the other processes of these tests: a job, and
// a parent that is killed.
func TestMain(m *testing.M) {
	switch os.Getenv("JOBPROCESS_ROLE") {
	case "job":
		os.Exit(fakeJob(os.Args[1:]))
	case "parent":
		os.Exit(parent())
	case "tie":
		os.Exit(tied())
	}
	os.Exit(m.Run())
}

// fakeJob is a job that does what JOBPROCESS_JOB says.
func fakeJob(args []string) int {
	say := func(line string) { fmt.Fprintln(os.Stderr, line) }
	flag := func(name string) string {
		for i, a := range args {
			if a == name {
				return args[i+1]
			}
		}
		return ""
	}
	switch os.Getenv("JOBPROCESS_JOB") {
	case "args":
		fmt.Println(strings.Join(args, " "))
	case "log":
		say(`{"time":"2026-11-25T02:00:00Z","level":"INFO","msg":"running","job":"clicks","generation":1}`)
		say(`{"time":"2026-11-25T02:00:00Z","level":"WARN","msg":"slow","job":"clicks","after":"3 s","topic":"clicks","n":[1,2]}`)
	case "faults":
		say(`{"level":"ERROR","msg":"the job failed","faults":["spaas.yaml:3:1: one","two (do this)"],"next":""}`)
		return 2
	case "panic":
		say("panic: boom")
		say("")
		say("goroutine 1 [running]:")
		return 2
	case "silent":
		return 7
	case "die":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "serve":
		// Its file is older than what it says when asked.
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/job" {
				_ = json.NewEncoder(w).Encode(jobapi.Status{API: 1, State: jobapi.Paused})
			}
		}))
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		status, _ := json.Marshal(jobapi.Status{API: 1, State: jobapi.Running, Listen: strings.TrimPrefix(server.URL, "http://")})
		_ = os.WriteFile(flag("--status-file"), status, 0o644)
		<-told
	case "drain":
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		status, _ := json.Marshal(jobapi.Status{API: 1, Job: "clicks", State: jobapi.Running})
		_ = os.WriteFile(flag("--status-file"), status, 0o644)
		for {
			select {
			case <-told:
				return 0
			case <-time.After(5 * time.Millisecond):
			}
			data, err := os.ReadFile(flag("--control"))
			if err != nil {
				continue
			}
			record, err := jobapi.ParseControl(data)
			if err != nil || record.Want != jobapi.WantDrained {
				return 9
			}
			return 0
		}
	}
	return 0
}

// launch starts the fake job.
func launch(t *testing.T, job string, change func(*Command)) *Process {
	t.Helper()
	t.Setenv("JOBPROCESS_ROLE", "job")
	t.Setenv("JOBPROCESS_JOB", job)
	c := Command{Binary: os.Args[0], Folder: t.TempDir(), Stdout: io.Discard}
	if change != nil {
		change(&c)
	}
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill(); <-p.Done() })
	return p
}

func wait(t *testing.T, p *Process) Exit {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the job has not ended")
	}
	return p.Exit()
}

func TestArguments(t *testing.T) {
	var out strings.Builder
	var folder string
	p := launch(t, "args", func(c *Command) {
		c.Args, c.Stdout, folder = []string{"--set", "a=b"}, &out, c.Folder
	})
	wait(t, p)
	want := fmt.Sprintf("run --set a=b --status-file %[1]s/status.json --control %[1]s/control.json --on-fault exit --log json\n", folder)
	if out.String() != want {
		t.Errorf("the job got %s\nwant %s", out.String(), want)
	}
}

func TestLog(t *testing.T) {
	var records []Record
	var folder string
	p := launch(t, "log", func(c *Command) {
		folder = c.Folder
		c.OnLog = func(r Record) { records = append(records, r) }
	})
	if e := wait(t, p); e.Code != 0 || e.Died != nil || e.Faults != nil {
		t.Errorf("exit %+v", e)
	}
	want := `[{INFO running generation=1} {WARN slow after="3 s" topic=clicks n=[1,2]}]`
	if got := fmt.Sprint(records); got != want {
		t.Errorf("records %s\nwant    %s", got, want)
	}
	kept, err := os.ReadFile(LogPath(folder))
	if err != nil || strings.Count(string(kept), "\n") != 2 {
		t.Errorf("%v, job.log holds %q", err, kept)
	}
}

func TestExits(t *testing.T) {
	tests := []struct {
		job    string
		code   int
		faults []string
		died   []string // each in what is said of a death
	}{
		{"faults", 2, []string{"spaas.yaml:3:1: one", "two (do this)"}, nil},
		{"panic", 2, nil, []string{"exit status 2", "panic: boom", "goroutine 1", "job.log"}},
		{"silent", 7, nil, []string{"without a word: exit status 7"}},
		{"die", -1, nil, []string{"without a word: signal: killed"}},
	}
	for _, tt := range tests {
		t.Run(tt.job, func(t *testing.T) {
			e := wait(t, launch(t, tt.job, nil))
			if e.Code != tt.code {
				t.Errorf("code %d, want %d", e.Code, tt.code)
			}
			if got := fmt.Sprint(e.Faults); got != fmt.Sprint(tt.faults) {
				t.Errorf("faults %q, want %q", got, tt.faults)
			}
			if (e.Died == nil) != (tt.died == nil) {
				t.Fatalf("died: %v", e.Died)
			}
			for _, want := range tt.died {
				if !strings.Contains(e.Died.Error(), want) {
					t.Errorf("%q does not say %q", e.Died, want)
				}
			}
		})
	}
}

// eventually polls until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestStatusAndControl(t *testing.T) {
	p := launch(t, "drain", nil)
	eventually(t, "a status", func() bool {
		s, ok := p.Status()
		return ok && s.Job == "clicks" && s.State == jobapi.Running
	})
	if err := p.Ask(jobapi.WantDrained, "all that was fed is read"); err != nil {
		t.Fatal(err)
	}
	if e := wait(t, p); e.Code != 0 {
		t.Errorf("exit %+v: the job has not understood the control record", e)
	}
}

func TestStatusIsAskedForWhileItRuns(t *testing.T) {
	p := launch(t, "serve", nil)
	eventually(t, "the status it serves", func() bool {
		s, ok := p.Status()
		return ok && s.State == jobapi.Paused
	})
	p.Terminate()
	wait(t, p)
	if s, ok := p.Status(); !ok || s.State != jobapi.Running {
		t.Errorf("the last word is %+v", s)
	}
}

func TestTerminate(t *testing.T) {
	p := launch(t, "drain", nil)
	eventually(t, "a status", func() bool { _, ok := p.Status(); return ok })
	p.Terminate()
	if e := wait(t, p); e.Code != 0 || e.Died != nil {
		t.Errorf("exit %+v", e)
	}
}

// A record or status that an earlier start left must not be taken for this one's.
func TestNothingIsLeftOfAnEarlierStart(t *testing.T) {
	p := launch(t, "silent", func(c *Command) {
		for _, name := range []string{statusName, controlName} {
			if err := os.WriteFile(filepath.Join(c.Folder, name), []byte(`{"api":1}`), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	})
	wait(t, p)
	if s, ok := p.Status(); ok {
		t.Errorf("status %+v", s)
	}
}

func TestBinaryThatCannotStart(t *testing.T) {
	_, err := Start(Command{Binary: filepath.Join(t.TempDir(), "absent"), Folder: t.TempDir(), Stdout: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "cannot be started") || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// parent starts a job, says its id and waits to be killed.
func parent() int {
	os.Setenv("JOBPROCESS_ROLE", "job")
	os.Setenv("JOBPROCESS_JOB", "drain")
	p, err := Start(Command{Binary: os.Args[0], Folder: os.Getenv("JOBPROCESS_FOLDER"), Stdout: io.Discard})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(p.PID())
	select {}
}

// tied does the same without the kernel's help.
func tied() int {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
		return 1
	}
	if _, err := tie(cmd.Process.Pid); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(cmd.Process.Pid)
	select {}
}

func TestChildNeverOutlivesItsParent(t *testing.T) {
	for _, role := range []string{"parent", "tie"} {
		t.Run(role, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), "JOBPROCESS_ROLE="+role, "JOBPROCESS_FOLDER="+t.TempDir())
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(out).ReadString('\n')
			child, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("the parent said %q", line)
			}
			if err := syscall.Kill(child, 0); err != nil {
				t.Fatalf("the child is not there: %v", err)
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			eventually(t, "the end of the child", func() bool { return gone(child) })
		})
	}
}

// gone reports whether a process has ended; one whose end nobody has asked for
// yet has.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}
