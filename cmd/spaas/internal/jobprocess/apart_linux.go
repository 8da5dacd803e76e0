package jobprocess

import "syscall"

// apart keeps Ctrl-C on the terminal from reaching the child, which this
// process ends in its own way, and has the kernel kill it when this one is gone.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
