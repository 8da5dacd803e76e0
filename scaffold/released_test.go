package scaffold

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/scaffold/proxytest"
)

// released is a spaas 0.99.0 on a machine that has downloaded no module yet,
// with a proxy that has the runtime in some versions.
func released(t *testing.T, versions ...string) Maker {
	t.Helper()
	modules := filepath.Join(t.TempDir(), "modules")
	t.Setenv("GOPROXY", proxytest.Start(t, versions...))
	t.Setenv("GONOSUMDB", version.Module)
	t.Setenv("GOMODCACHE", modules)
	t.Cleanup(func() { // the go command makes it read-only
		if out, err := goTool(context.Background(), ".", "clean", "-modcache"); err != nil {
			t.Errorf("go clean -modcache: %v\n%s", err, out)
		}
	})
	m := maker
	m.Spaas.Version = "0.99.0"
	return m
}

// A released spaas makes a repo that resolves its runtime as any other module.
func TestReleaseResolvesTheUsualWay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "clicks")
	m := released(t, "v0.99.0")
	plan, err := NewPlan(dir, Answers{Template: "windowed"}.WithDefaults(dir, m), m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".spaas", "runtime")); err == nil {
		t.Error("the runtime was bundled")
	}
	for _, args := range [][]string{{"mod", "tidy", "-diff"}, {"mod", "verify"}, {"list", "-deps", "-test", "./..."}} {
		if out, err := goTool(t.Context(), dir, args...); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	out, err := goTool(t.Context(), dir, "list", "-m", version.Module)
	if err != nil || out != version.Module+" v0.99.0\n" {
		t.Errorf("the runtime is %q, %v", out, err)
	}
}

// A proxy that has not heard of the release: nothing is made, and it is said how
// it can be.
func TestReleaseThatNoProxyHas(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "clicks")
	m := released(t, "v0.98.0")
	plan, err := NewPlan(dir, Answers{Template: "windowed"}.WithDefaults(dir, m), m)
	if err != nil {
		t.Fatal(err)
	}
	_, err = plan.Apply(t.Context())
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || !strings.Contains(f.Error(), "v0.99.0") || !strings.Contains(f.Do, "--runtime bundled") {
		t.Errorf("got %v", err)
	}
	if left := tree(t, root); left != "./\n" {
		t.Errorf("left behind:\n%s", left)
	}
}
