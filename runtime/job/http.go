package job

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The paths of the HTTP port. All are read only: whoever may reach the port may
// look, and what a job does is asked for by its control record.
const (
	pathHealth  = "/healthz"
	pathReady   = "/readyz"
	pathMetrics = "/metrics"
	pathJob     = "/v1/job"
)

// listen opens the HTTP port and serves it until the server is closed.
func listen(addr string, b *board, metrics prometheus.Gatherer, log *slog.Logger) (*http.Server, string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{
		Handler:           routes(b, metrics),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		// It ends with ErrServerClosed at exit; anything else is worth a line, but
		// a job that can no longer be asked still does its work.
		if err := server.Serve(l); err != nil && err != http.ErrServerClosed {
			log.Error("the HTTP port is gone", "listen", l.Addr().String(), "error", err)
		}
	}()
	return server, l.Addr().String(), nil
}

// routes maps the paths to what the board says.
func routes(b *board, metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(pathHealth, func(w http.ResponseWriter, _ *http.Request) {
		// The process answers; a failed job is alive too, and a restart would not help it.
		plain(w, http.StatusOK, "alive")
	})
	mux.HandleFunc(pathReady, func(w http.ResponseWriter, _ *http.Request) {
		ok, why := b.ready()
		if !ok {
			plain(w, http.StatusServiceUnavailable, why)
			return
		}
		plain(w, http.StatusOK, why)
	})
	mux.Handle(pathMetrics, promhttp.HandlerFor(metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc(pathJob, func(w http.ResponseWriter, _ *http.Request) {
		body, err := json.MarshalIndent(b.status(), "", "  ")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(append(body, '\n'))
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, pathHealth+"\n"+pathReady+"\n"+pathMetrics+"\n"+pathJob)
	})
	return readOnly(mux)
}

// readOnly answers every method but GET and HEAD with 405.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			plain(w, http.StatusMethodNotAllowed, "this port is read only; write a control record to ask the job for something")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func plain(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	fmt.Fprintln(w, text)
}
