package job

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProfiler(t *testing.T) {
	dir := shortTemp(t)
	first, err := startProfiler(dir, "clicks", "store growth/clicks")
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", first.path)
		},
	}}
	resp, err := client.Get("http://job/debug/pprof/goroutine?debug=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || !strings.Contains(string(body), "goroutine profile") {
		t.Errorf("%s: %.200s", resp.Status, body)
	}
	if info, err := os.Stat(filepath.Dir(first.path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the socket is %v, %v", info.Mode(), err)
	}

	// A newer copy of the job takes the path over; the older one's end leaves it.
	second, err := startProfiler(dir, "clicks", "store growth/clicks")
	if err != nil {
		t.Fatal(err)
	}
	first.close()
	if _, err := os.Stat(second.path); err != nil || second.path != first.path {
		t.Errorf("the newer copy's socket %s (older: %s): %v", second.path, first.path, err)
	}
	second.close()
	if _, err := os.Stat(second.path); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

func TestProfilerRefusesAPreparedFolder(t *testing.T) {
	dir := shortTemp(t)
	path, err := socketPath(dir, os.Getuid(), "clicks", "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if p, err := startProfiler(dir, "clicks", "x"); err == nil || !strings.Contains(err.Error(), "only this user") {
		p.close()
		t.Errorf("got %v", err)
	}
}

func TestSocketPath(t *testing.T) {
	long := strings.Repeat("j", 40)
	for dir, want := range map[string]string{
		"/tmp":                          "/tmp/spaas-501/" + long + "-",
		"/t/" + strings.Repeat("d", 50): "/t/" + strings.Repeat("d", 50) + "/spaas-501/", // without the job's name
	} {
		path, err := socketPath(dir, 501, long, "x")
		if err != nil || !strings.HasPrefix(path, want) || len(path) > maxSocketPath {
			t.Errorf("%s: %q, %v", dir, path, err)
		}
	}
	if path, err := socketPath("/"+strings.Repeat("d", 100), 501, "clicks", "x"); err == nil {
		t.Errorf("%q is too long", path)
	}
}

// shortTemp is a temp folder whose path leaves room for a socket's.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
