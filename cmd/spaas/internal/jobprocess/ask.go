package jobprocess

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spaas/spaas/pkg/jobapi"
)

// Status is what the job last said of itself; false when it has not spoken yet.
// While it runs that may be a second old; once it is over it is the last word.
func (p *Process) Status() (jobapi.Status, bool) {
	data, err := os.ReadFile(filepath.Join(p.folder, statusName))
	if err != nil {
		return jobapi.Status{}, false
	}
	var s jobapi.Status
	return s, json.Unmarshal(data, &s) == nil
}

// Ask writes a control record: what the job is wanted to be doing, and why.
func (p *Process) Ask(want jobapi.Desired, why string) error {
	record := jobapi.Control{
		API: jobapi.Version,
		// Answers to earlier records are still in the store, so an id is used once.
		ID:  "run-" + rand.Text(),
		Who: "spaas run", Why: why, Want: want,
	}
	data, err := json.Marshal(record)
	if err != nil {
		return err
	}
	path := filepath.Join(p.folder, controlName)
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return fmt.Errorf("asking the job: %w", err)
	}
	return os.Rename(path+".new", path)
}
