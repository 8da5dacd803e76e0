package blob_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/testservice"
)

// TestMain is also the creator process of TestOneWinnerAcrossProcesses.
func TestMain(m *testing.M) {
	if dir := os.Getenv("BLOB_TEST_CREATOR"); dir != "" {
		os.Exit(creator(dir))
	}
	os.Exit(m.Run())
}

func TestFolder(t *testing.T) {
	blobtest.TestStore(t, func(t *testing.T) blob.Store { return blob.NewFolder(filepath.Join(t.TempDir(), "deep", "store")) })
}

// creator says that it is ready, waits for its input to end, then races for 20
// names and prints those it won.
func creator(dir string) int {
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	s := blob.NewFolder(dir)
	for i := range 20 {
		name := fmt.Sprintf("log/%04d", i)
		switch err := s.Create(context.Background(), name, strings.NewReader(fmt.Sprint(os.Getpid()))); {
		case err == nil:
			fmt.Println(name)
		case !errors.Is(err, blob.ErrExists):
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

func TestOneWinnerAcrossProcesses(t *testing.T) {
	dir := t.TempDir()
	type process struct {
		cmd *exec.Cmd
		in  io.Closer
		out *bufio.Reader
	}
	var processes []process
	for range 8 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "BLOB_TEST_CREATOR="+dir)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		processes = append(processes, process{cmd, in, bufio.NewReader(out)})
	}
	for _, p := range processes {
		if line, err := p.out.ReadString('\n'); err != nil || line != "ready\n" {
			t.Fatal(line, err)
		}
	}
	for _, p := range processes {
		p.in.Close()
	}
	winners := map[string][]int{}
	for _, p := range processes {
		won, err := io.ReadAll(p.out)
		if err := errors.Join(err, p.cmd.Wait()); err != nil {
			t.Fatal(err)
		}
		for name := range strings.FieldsSeq(string(won)) {
			winners[name] = append(winners[name], p.cmd.Process.Pid)
		}
	}
	s := blob.NewFolder(dir)
	for i := range 20 {
		name := fmt.Sprintf("log/%04d", i)
		if len(winners[name]) != 1 || blobtest.Read(t, s, name) != fmt.Sprint(winners[name][0]) {
			t.Errorf("%s was won by %v and holds %s", name, winners[name], blobtest.Read(t, s, name))
		}
	}
}

func TestProbeRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	failing := func(err error) blob.Store {
		return blobtest.NewFaults(blobtest.NewMemory(), func(op blobtest.Op) (blobtest.When, error) {
			if op.Kind == "create" {
				return blobtest.Fails, err
			}
			return blobtest.Works, nil
		})
	}
	write := func(err error) error { return &os.PathError{Op: "write", Path: "x", Err: err} }
	link := func(err error) error { return &os.LinkError{Op: "link", Old: ".tmp/x", New: "x", Err: err} }
	for _, c := range []struct {
		name      string
		store     blob.Store
		what      string
		incurable bool
	}{
		{"a file is in the way", blob.NewFolder(filepath.Join(file, "store")), "is no folder", true},
		{"full", failing(write(syscall.ENOSPC)), "the store is full", false},
		{"quota", failing(write(syscall.EDQUOT)), "the store is full", false},
		{"read-only", failing(write(syscall.EROFS)), "the store is read-only", true},
		{"not permitted", failing(write(syscall.EACCES)), "may not be written", true},
		{"no hard links", failing(link(syscall.ENOTSUP)), "no hard links", true},
		{"no hard links on FAT", failing(link(syscall.EPERM)), "no hard links", true},
		{"not permitted to link", failing(link(syscall.EACCES)), "may not be written", true},
		{"overwrites", overwriting{blobtest.NewMemory()}, "ignores create-if-absent", true},
		{"forgets", forgetting{blobtest.NewMemory()}, "does not keep what it is given", true},
		{"does not list", unlisting{blobtest.NewMemory()}, "does not list", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.store.Probe(t.Context())
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || !strings.Contains(f.What, c.what) || f.Where != c.store.String() || f.Do == "" || fault.Incurable(err) != c.incurable {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	var err error
	testservice.Unprivileged(t, func() { err = blob.NewFolder(dir).Probe(t.Context()) })
	if err == nil || !fault.Incurable(err) || !strings.Contains(err.Error(), "may not be written") {
		t.Fatal(err)
	}
}

func TestCrashLeftoversAreSwept(t *testing.T) {
	dir := t.TempDir()
	s := blob.NewFolder(dir)
	if err := s.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A process that died while it wrote, one that is writing now, and a probe
	// that was killed.
	dead, alive, probe := filepath.Join(dir, ".tmp", "dead"), filepath.Join(dir, ".tmp", "alive"), filepath.Join(dir, "probe", "killed")
	for _, path := range []string{dead, alive, probe} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, path := range []string{dead, probe} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{dead: false, probe: false, alive: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, ".tmp"))
	if err != nil || len(entries) != 1 {
		t.Errorf("temporary files: %v, %v", entries, err)
	}
}

func TestCancelledWriteLeavesNothing(t *testing.T) {
	s := blob.NewFolder(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Create(ctx, "x", bytes.NewReader(make([]byte, 1<<20))); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), "x"); !errors.Is(err, blob.ErrNotFound) {
		t.Fatal(err)
	}
}

// overwriting creates whether or not the name is taken.
type overwriting struct{ *blobtest.Memory }

func (s overwriting) Create(ctx context.Context, name string, content io.Reader) error {
	return s.Replace(ctx, name, content)
}
func (s overwriting) Probe(ctx context.Context) error { return blob.Probe(ctx, s) }

// forgetting keeps half of what it is given.
type forgetting struct{ *blobtest.Memory }

func (s forgetting) Create(ctx context.Context, name string, content io.Reader) error {
	return s.Memory.Create(ctx, name, io.LimitReader(content, 100))
}
func (s forgetting) Probe(ctx context.Context) error { return blob.Probe(ctx, s) }

// unlisting lists nothing.
type unlisting struct{ *blobtest.Memory }

func (s unlisting) List(context.Context, string) ([]blob.Info, error) { return nil, nil }
func (s unlisting) Probe(ctx context.Context) error                   { return blob.Probe(ctx, s) }
