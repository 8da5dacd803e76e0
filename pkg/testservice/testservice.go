// Package testservice starts the real services that tests and people need on
// this machine: today a Kafka broker, from the jars that Maven Central has.
//
// A service is one function that takes a [testing.TB] ([Kafka]); `make services`
// is the same for people. Every service listens on free ports of loopback, keeps
// its data in a temp folder, and is gone with the process that started it, also
// after a panic, a Ctrl-C or a SIGKILL: see [guard].
//
// What is downloaded goes to spaas/testservice in the user's cache folder, or
// to $SPAAS_TEST_CACHE, and is reused.
package testservice

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spaas/spaas/pkg/fault"
)

// need returns a fault that names the package to install for each program of
// names (program -> Debian package) that is not on the PATH.
func need(programs map[string]string) error {
	var missing, install []string
	for program, pkg := range programs {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
			install = append(install, pkg)
		}
	}
	if missing == nil {
		return nil
	}
	return &fault.Error{
		What: "a real service needs " + strings.Join(missing, " and ") + ", not found on the PATH",
		Do:   "install it, on Debian: apt-get install " + strings.Join(install, " "),
	}
}

// cached returns the folder name in the cache, made once by fill: it is filled
// under a temporary name and moved into place, so that it is whole or absent.
// Processes that ask at the same time wait for one another.
func cached(name string, fill func(dir string) error) (string, error) {
	root := os.Getenv("SPAAS_TEST_CACHE")
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		root = filepath.Join(user, "spaas", "testservice")
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(root, name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close() // releases the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	tmp, err := os.MkdirTemp(root, name+".tmp")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return "", err
	}
	return dir, os.Rename(tmp, dir)
}

// freePorts returns n ports that nobody listened on a moment ago. Somebody else
// may take one before the service does: callers try again with others.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only now: the ports must differ
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
