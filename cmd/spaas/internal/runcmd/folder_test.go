package runcmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
)

func TestFolderIsForOneRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), folderOf(""))
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = openFolder(dir)
	if cli.CodeOf(err) != cli.Refused || !strings.Contains(err.Error(), fmt.Sprintf("running here already (process %d)", os.Getpid())) {
		t.Errorf("the second: %v", err)
	}
	f.close()
	again, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.close()
}

func TestFreshLeavesEnvironmentsAlone(t *testing.T) {
	job := t.TempDir()
	staging, err := openFolder(filepath.Join(job, folderOf("staging")))
	if err != nil {
		t.Fatal(err)
	}
	defer staging.close()
	local, err := openFolder(filepath.Join(job, folderOf("")))
	if err != nil {
		t.Fatal(err)
	}
	defer local.close()
	for _, name := range []string{local.in("fed.json"), local.in("broker/meta.json"), staging.in("fed.json")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := local.clear(); err != nil {
		t.Fatal(err)
	}
	var left []string
	filepath.WalkDir(job, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, strings.TrimPrefix(path, job))
		}
		return err
	})
	want := "[/.spaas/run/.gitignore /.spaas/run/env/staging/.gitignore /.spaas/run/env/staging/fed.json /.spaas/run/env/staging/lock /.spaas/run/lock]"
	if got := fmt.Sprint(left); got != want {
		t.Errorf("left are %s", got)
	}
	// The lock is still held.
	if _, err := openFolder(local.path); cli.CodeOf(err) != cli.Refused {
		t.Errorf("after clearing, another run could start: %v", err)
	}
}

func TestFolderThatCannotBeMade(t *testing.T) {
	job := t.TempDir()
	if err := os.WriteFile(filepath.Join(job, ".spaas"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(filepath.Join(job, folderOf(""))); err == nil || !strings.Contains(err.Error(), "cannot be made") {
		t.Errorf("error %v", err)
	}
}
