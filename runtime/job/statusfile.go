package job

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// statusEvery is how often the status file is replaced.
const statusEvery = time.Second

// statusFile keeps the board's status in a file, for who cannot or need not
// reach the HTTP port.
type statusFile struct {
	path  string
	board *board
	log   *slog.Logger
}

// keep replaces the file until ctx is done. A disk that is full for a while is
// no reason to end a job: it is said once and tried again.
func (f statusFile) keep(ctx context.Context) {
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	said := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := f.write(); err != nil && !said {
			f.log.Warn("the status file cannot be written", "error", err)
			said = true
		} else if err == nil {
			said = false
		}
	}
}

// write replaces the file: whoever reads it sees the old or the new status,
// never a part of one.
func (f statusFile) write() error {
	tmp, err := os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(encodeJSON(f.board.status()))
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		// CreateTemp makes it private; a status is for anyone who may read the folder.
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
