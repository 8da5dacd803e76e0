//go:build !linux

package jobprocess

import "syscall"

// apart keeps Ctrl-C on the terminal from reaching the child, which this
// process ends in its own way.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
