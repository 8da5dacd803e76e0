package initcmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/root"
	"github.com/spaas/spaas/cmd/spaas/internal/termtest"
)

// asSpaas makes the test binary a spaas.
const asSpaas = "TEST_AS_SPAAS"

func TestMain(m *testing.M) {
	if os.Getenv(asSpaas) != "" {
		os.Exit(root.Main(cli.System(), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// spaas is a command line of spaas in a folder, of a person whom git knows.
func spaas(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	config := "[user]\n\tname = Ana\n\temail = ana@example.com\n"
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = dir
	cmd.Env = []string{asSpaas + "=1", "HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color"}
	return cmd
}

// start runs spaas on a terminal of 80 columns and 24 rows.
func start(t *testing.T, dir string, args ...string) *termtest.Screen {
	t.Helper()
	return termtest.Start(t, spaas(t, dir, args...), 80, 24)
}
