package jobprocess

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// Status is what the job says of itself; false when it has not spoken yet. While
// it runs it is asked at its HTTP port. Its file, which is up to a second old,
// says where that is, and has the last word once the job is over.
func (p *Process) Status() (jobapi.Status, bool) {
	data, err := os.ReadFile(filepath.Join(p.folder, statusName))
	if err != nil {
		return jobapi.Status{}, false
	}
	var written jobapi.Status
	if json.Unmarshal(data, &written) != nil {
		return jobapi.Status{}, false
	}
	select {
	case <-p.done:
		return written, true
	default:
	}
	if asked, err := askStatus(written.Listen); err == nil {
		return asked, true
	}
	return written, true
}

// askTime is how long a job may take to say how it is: it may be very busy.
const askTime = 500 * time.Millisecond

// askStatus asks for the status at a job's HTTP port.
func askStatus(listen string) (s jobapi.Status, err error) {
	client := http.Client{Timeout: askTime}
	answer, err := client.Get("http://" + listen + "/v1/job")
	if err != nil {
		return s, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return s, errors.New(answer.Status)
	}
	return s, json.NewDecoder(answer.Body).Decode(&s)
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
