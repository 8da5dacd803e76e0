package jobprocess

import (
	"os/exec"
	"strconv"
	"syscall"
)

// tieScript waits until the pipe on its standard input is closed, which the
// kernel does when the process that holds the other end is gone, and ends the
// job then.
const tieScript = `read -r never; kill -9 "$1"`

// tie ends the process with an id when this process ends, however it does; a
// kill that no handler sees included. The caller unties it when the process is
// over. On Linux the kernel does the same by itself (see apart); elsewhere this
// is all there is.
func tie(pid int) (untie func(), err error) {
	cmd := exec.Command("sh", "-c", tieScript, "spaas-tie", strconv.Itoa(pid))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hold, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		// Killed before its pipe is closed: the id may be another process's by now.
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		hold.Close()
	}, nil
}
