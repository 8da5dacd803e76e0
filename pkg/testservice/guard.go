package testservice

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// guardScript runs a service and waits on its own standard input, which the
// starting process holds open. However that process ends (return, panic,
// SIGKILL), the kernel closes the pipe, and the guard kills the service and
// removes its folder. "kill" on the pipe ends the service alone, which is answered
// when it is dead; after that, "leave" means that the folder has another guard.
const guardScript = `
dir=$1; shift
"$@" >>"$dir/log" 2>&1 </dev/null &
pid=$!
echo $pid >"$dir/pid.tmp" && mv "$dir/pid.tmp" "$dir/pid"
read -r order
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
if [ "$order" = kill ]; then
	echo dead
	read -r order
fi
[ "$order" = leave ] || rm -rf "$dir"
`

// guard is a service process that cannot outlive the process that started it.
type guard struct {
	dir     string
	cmd     *exec.Cmd
	hold    io.WriteCloser
	answers io.Reader
}

// startGuarded runs the command with dir as its scratch folder; its output goes
// to dir/log, its process id to dir/pid.
func startGuarded(dir string, command ...string) (*guard, error) {
	_ = os.Remove(filepath.Join(dir, "pid"))
	cmd := exec.Command("sh", append([]string{"-c", guardScript, "guard", dir}, command...)...)
	// A group of its own: Ctrl-C in a terminal reaches the starting process
	// only, which ends when it is ready to, and the guard follows.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hold, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	return &guard{dir, cmd, hold, answers}, nil
}

// kill ends the service as SIGKILL does. The folder stays, still guarded.
func (g *guard) kill() error {
	if _, err := io.WriteString(g.hold, "kill\n"); err != nil {
		return err
	}
	_, err := bufio.NewReader(g.answers).ReadString('\n')
	return err
}

// leave gives up the folder of a killed service, which another guard has now.
func (g *guard) leave() error {
	if _, err := io.WriteString(g.hold, "leave\n"); err != nil {
		return err
	}
	return g.close()
}

// close ends the service and removes its folder.
func (g *guard) close() error {
	g.hold.Close()
	return g.cmd.Wait()
}

// alive says whether the service still runs; true while it is being started.
func (g *guard) alive() bool {
	text, err := os.ReadFile(filepath.Join(g.dir, "pid"))
	if err != nil {
		return true
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && syscall.Kill(pid, 0) == nil
}

// logTail returns the last lines of what the service printed.
func (g *guard) logTail() string {
	text, _ := os.ReadFile(filepath.Join(g.dir, "log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
