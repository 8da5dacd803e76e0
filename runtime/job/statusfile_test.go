package job

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spaas/spaas/pkg/jobapi"
)

// A reader sees a whole status at every moment, however often it is replaced.
func TestStatusFileIsReplacedWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status.json")
	f := statusFile{path: path, board: busyBoard(), log: slog.New(slog.DiscardHandler)}
	if err := f.write(); err != nil {
		t.Fatal(err)
	}
	var writer sync.WaitGroup
	writer.Go(func() {
		for range 200 {
			if err := f.write(); err != nil {
				t.Error(err)
			}
		}
	})
	for range 200 {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var s jobapi.Status
		if err := json.Unmarshal(data, &s); err != nil || s.Job != "clicks" {
			t.Fatalf("%v:\n%s", err, data)
		}
	}
	writer.Wait()
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestStatusFileNowhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "status.json")
	err := statusFile{path: path, board: busyBoard()}.write()
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
}
