package story

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// proxyWithout starts a module proxy that knows every module but those below a
// path, and returns its address. It has what this machine has in its cache, and
// gets the rest where this machine gets it.
func proxyWithout(t *testing.T, path string, goEnv map[string]string) string {
	t.Helper()
	cached := http.FileServer(http.Dir(filepath.Join(goEnv["GOMODCACHE"], "cache", "download")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/"+path) {
			t.Errorf("the proxy was asked for %s, which is bundled", r.URL.Path)
			http.NotFound(w, r)
			return
		}
		answer := httptest.NewRecorder()
		cached.ServeHTTP(answer, r)
		if answer.Code == http.StatusOK {
			w.Write(answer.Body.Bytes())
			return
		}
		upstream(w, r, goEnv["GOPROXY"])
	}))
	t.Cleanup(server.Close)
	return server.URL
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
