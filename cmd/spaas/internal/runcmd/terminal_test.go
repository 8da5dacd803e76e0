package runcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobconf"
	"github.com/spaas/spaas/cmd/spaas/internal/termtest"
	"github.com/spaas/spaas/pkg/jobapi"
)

// onTerminal makes the test binary a spaas that runs the fake job; its arguments
// are what is set in the job's config.
const onTerminal = "RUNCMD_ON_TERMINAL"

func runOnTerminal(args []string) int {
	f := cli.System()
	o := &Options{f: f, Config: jobconf.Flags{Set: args}, build: linkFakeJob}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // as root.Main does: the second ends the process
	err := run(ctx, o)
	if err != nil {
		fmt.Println(err)
	}
	return cli.CodeOf(err)
}

// linkFakeJob is the build of these tests.
func linkFakeJob(_ context.Context, _, _, output string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_ = os.Remove(output)
	return os.Symlink(self, output)
}

// screen runs the fake job on a terminal.
func screen(t *testing.T, b *bench, set ...string) *termtest.Screen {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, set...)
	cmd.Dir = b.dir
	cmd.Env = []string{onTerminal + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm-256color"}
	return termtest.Start(t, cmd, 80, 30)
}

// A person sees the newest results under a line of progress, in place; Ctrl-C
// leaves them there, and the summary below.
func TestWatchedAndStopped(t *testing.T) {
	b := newBench(t, map[string]string{"testdata/in.log": "one\ntwo\nthree\n"})
	s := screen(t, b, "properties.does=print")
	s.See("running · in 3", "lag 0", "SINK out  3 results", "three", "warning  something is slow", "printed by the job")
	s.Type(termtest.CtrlC)
	if code := s.Exit(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.Text())
	}
	seen := s.Text()
	for _, want := range []string{"stopped · in 3", "SINK out  3 results", "copy was told to stop and has taken a final checkpoint", "go on from checkpoint 1"} {
		if strings.Count(seen, want) != 1 {
			t.Errorf("%q is there %d times:\n%s", want, strings.Count(seen, want), seen)
		}
	}
	if strings.Contains(seen, "running ·") {
		t.Errorf("a line of progress was left behind:\n%s", seen)
	}
}

// A job that does not stop is left behind by a second Ctrl-C, and does not live on.
func TestSecondCtrlC(t *testing.T) {
	b := newBench(t, map[string]string{})
	s := screen(t, b, "properties.does=stuck")
	s.See("running · in 0")
	var status jobapi.Status
	text, err := os.ReadFile(filepath.Join(b.dir, ".spaas/run/status.json"))
	if err == nil {
		err = json.Unmarshal(text, &status)
	}
	if err != nil || status.PID == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	s.Type(termtest.CtrlC)
	s.See("taking a final checkpoint; Ctrl-C again ends without")
	s.Type(termtest.CtrlC)
	if code := s.Exit(); code == 0 {
		t.Errorf("exit code %d", code)
	}
	for deadline := time.Now().Add(20 * time.Second); syscall.Kill(status.PID, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", status.PID)); err == nil && strings.Contains(string(stat), ") Z ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the job lives on")
		}
	}
	// The next run is let in.
	if r := b.run(Options{For: 10 * time.Millisecond}, cli.Global{}, nil); r.code != 0 {
		t.Errorf("the next run: exit code %d: %v", r.code, r.err)
	}
}
