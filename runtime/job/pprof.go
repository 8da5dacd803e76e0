package job

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"time"
)

// maxSocketPath is the longest path a unix socket can have everywhere: 108
// bytes with the final zero on Linux, 104 on the BSDs and macOS.
const maxSocketPath = 103

// profiler serves pprof on a unix socket. Never on TCP: a heap dump holds the
// user's data and a profile costs, so only who may act as the job's user may
// ask for one:
//
//	curl --unix-socket PATH http://job/debug/pprof/heap >heap.out
type profiler struct {
	path   string
	ours   fs.FileInfo // the socket as this process made it
	server *http.Server
}

// startProfiler opens the socket in a private folder below dir. deployment is
// what tells jobs apart there: a newer copy of the same one takes the path
// over, as it takes over the job.
func startProfiler(dir, job, deployment string) (*profiler, error) {
	path, err := socketPath(dir, os.Getuid(), job, deployment)
	if err != nil {
		return nil, err
	}
	if err := privateFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	// close removes it, and only while it is still ours.
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	ours, err := os.Lstat(path)
	if err != nil {
		l.Close()
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	p := &profiler{path: path, ours: ours, server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}}
	go p.server.Serve(l)
	return p, nil
}

// close ends the server and removes the socket, unless a newer copy of the job
// has put its own there.
func (p *profiler) close() {
	if p == nil {
		return
	}
	p.server.Close()
	if now, err := os.Lstat(p.path); err == nil && os.SameFile(now, p.ours) {
		os.Remove(p.path)
	}
}

// socketPath names the socket; a job's name is left out where it would not fit.
func socketPath(dir string, uid int, job, deployment string) (string, error) {
	sum := fnv.New32a()
	sum.Write([]byte(deployment))
	folder := filepath.Join(dir, fmt.Sprintf("spaas-%d", uid))
	for _, name := range []string{fmt.Sprintf("%s-%08x.pprof", job, sum.Sum32()), fmt.Sprintf("%08x", sum.Sum32())} {
		if path := filepath.Join(folder, name); len(path) <= maxSocketPath {
			return path, nil
		}
	}
	return "", fmt.Errorf("the path of a socket in %s would be longer than %d bytes; set TMPDIR to a shorter one", dir, maxSocketPath)
}

// privateFolder makes a folder that only this user may enter, or refuses the
// one that stands there: a shared temp folder is anybody's to prepare.
func privateFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err == nil || !os.IsExist(err) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a folder that only this user may enter (mode %v)", path, info.Mode())
	}
	return nil
}
