// Package proxytest is a Go module proxy for tests: one that knows every module
// but ours, as all proxies do before a release, or ours too.
package proxytest

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/scaffold/bundle"
)

// Start starts a proxy that lasts as long as the test, and returns its address,
// a GOPROXY. What it is asked for about other modules than ours it takes from
// this machine's module cache, or from where this machine gets it. Ours it has in
// the given versions ("v0.3.1"), each of which holds the bundled runtime. Without
// any, being asked for it fails the test.
func Start(t testing.TB, releases ...string) string {
	t.Helper()
	out, err := exec.Command("go", "env", "-json", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	var env struct{ GOMODCACHE, GOPROXY string }
	if err := json.Unmarshal(out, &env); err != nil {
		t.Fatalf("go env: %v", err)
	}
	ours := map[string][]byte{}
	for _, release := range releases {
		publish(t, release, ours)
	}
	cached := http.FileServer(http.Dir(filepath.Join(env.GOMODCACHE, "cache", "download")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, isOurs := strings.CutPrefix(r.URL.Path, "/"+version.Module+"/"); isOurs {
			data, known := ours[path]
			if !known {
				http.NotFound(w, r)
				if len(ours) == 0 {
					t.Errorf("the proxy was asked for %s, which nobody has published", r.URL.Path)
				}
				return
			}
			w.Write(data)
			return
		}
		answer := httptest.NewRecorder()
		cached.ServeHTTP(answer, r)
		if answer.Code == http.StatusOK {
			w.Write(answer.Body.Bytes())
			return
		}
		upstream(w, r, env.GOPROXY)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// publish adds a release as a proxy has it.
func publish(t testing.TB, release string, to map[string][]byte) {
	t.Helper()
	var files []zip.File
	for _, f := range bundle.Files() {
		files = append(files, zipped{f})
		if f.Path == "go.mod" {
			to["@v/"+release+".mod"] = f.Data
		}
	}
	var archive bytes.Buffer
	if err := zip.Create(&archive, module.Version{Path: version.Module, Version: release}, files); err != nil {
		t.Fatalf("packing %s: %v", release, err)
	}
	to["@v/"+release+".zip"] = archive.Bytes()
	to["@v/"+release+".info"], _ = json.Marshal(map[string]string{"Version": release})
	to["@v/list"] = append(to["@v/list"], release+"\n"...)
}

// zipped is a file of the bundled runtime as part of a module's zip.
type zipped struct{ file bundle.File }

func (z zipped) Path() string { return z.file.Path }
func (z zipped) Lstat() (fs.FileInfo, error) {
	return fstest.MapFS{"file": {Data: z.file.Data, Mode: 0o444}}.Stat("file")
}
func (z zipped) Open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(z.file.Data)), nil
}

// upstream answers as the first proxy of a GOPROXY does.
func upstream(w http.ResponseWriter, r *http.Request, proxies string) {
	first := strings.FieldsFunc(proxies, func(r rune) bool { return r == ',' || r == '|' })
	if len(first) == 0 || !strings.HasPrefix(first[0], "http") {
		http.NotFound(w, r)
		return
	}
	answer, err := http.Get(strings.TrimSuffix(first[0], "/") + r.URL.EscapedPath())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body)
}
