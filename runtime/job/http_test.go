package job

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/jobapi"
)

// busyBoard is the board of a job in the middle of its work.
func busyBoard() *board {
	at := noon().Add(-time.Minute)
	b := newBoard(jobapi.Status{Version: "3f2c9d1", Runtime: "0.3.1", PID: 42}, noon)
	b.name("growth", "clicks")
	b.engine(func() jobapi.Status {
		return jobapi.Status{
			Term: 3, Generation: 17, Watermark: &at,
			Sources: []jobapi.SourceStatus{
				{Name: "clicks", Connector: "kafka", In: 1000, Bad: 2, Bytes: 9000, Lag: 30, Splits: 4, Watermark: &at},
				{Name: "users", Connector: "file", In: 10, Lag: -1, Ended: true},
			},
			Operators:   []jobapi.OpStatus{{Name: "per-country", Kind: "window", In: 998, Out: 12, Late: 5, Keys: 100, Panes: 3}},
			Sinks:       []jobapi.SinkStatus{{Name: "counts", Connector: "kafka", Delivery: "at-least-once", Out: 12, Bytes: 480}},
			Checkpoints: jobapi.CheckpointStats{Completed: 8, Abandoned: 1, Last: &jobapi.Checkpoint{ID: 9, At: at, Duration: 1500 * time.Millisecond, Bytes: 4096}},
		}
	})
	b.enter(jobapi.Running, "")
	return b
}

func TestHTTP(t *testing.T) {
	b := busyBoard()
	starting := newBoard(jobapi.Status{}, noon)
	tests := []struct {
		board        *board
		method, path string
		code         int
		says         string
	}{
		{b, "GET", "/healthz", 200, "alive"},
		{b, "GET", "/readyz", 200, "running"},
		{starting, "GET", "/healthz", 200, "alive"},
		{starting, "GET", "/readyz", 503, "starting: reading the config"},
		{b, "HEAD", "/v1/job", 200, ""},
		{b, "GET", "/", 200, "/v1/job"},
		{b, "GET", "/debug/pprof/", 404, ""},
		{b, "GET", "/v1/control", 404, ""},
		{b, "POST", "/v1/job", 405, "read only"},
		{b, "DELETE", "/metrics", 405, "read only"},
		{b, "PUT", "/nowhere", 405, "read only"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		routes(tt.board, newMetrics(tt.board)).ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.says) {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, w.Code, w.Body, tt.code, tt.says)
		}
		if allow := w.Header().Get("Allow"); (w.Code == 405) != (allow == "GET, HEAD") {
			t.Errorf("%s %s: Allow is %q", tt.method, tt.path, allow)
		}
	}
}

func TestHTTPStatus(t *testing.T) {
	get := func(b *board) (s jobapi.Status, raw string) {
		w := httptest.NewRecorder()
		routes(b, newMetrics(b)).ServeHTTP(w, httptest.NewRequest("GET", "/v1/job", nil))
		if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		return s, w.Body.String()
	}
	s, _ := get(busyBoard())
	if s.API != 1 || s.Job != "clicks" || s.State != jobapi.Running || s.Generation != 17 || s.PID != 42 || !s.Now.Equal(noon()) || s.Sources[0].In != 1000 {
		t.Errorf("got %+v", s)
	}
	if _, raw := get(newBoard(jobapi.Status{}, noon)); strings.Contains(raw, "null") {
		t.Errorf("a reader that ranges over lists finds null:\n%s", raw)
	}
}

func TestMetrics(t *testing.T) {
	server, addr, err := listen("127.0.0.1:0", busyBoard(), newMetrics(busyBoard()), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s, %v:\n%s", resp.Status, err, body)
	}
	for _, want := range []string{
		`spaas_build_info{job="clicks",namespace="growth",runtime="0.3.1",version="3f2c9d1"} 1`,
		`spaas_job_state{state="running"} 1`,
		`spaas_job_state{state="failed"} 0`,
		`spaas_job_ready 1`,
		`spaas_job_generation 17`,
		`spaas_source_records_total{connector="kafka",source="clicks"} 1000`,
		`spaas_source_bad_records_total{connector="kafka",source="clicks"} 2`,
		`spaas_source_lag_records{connector="kafka",source="clicks"} 30`,
		`spaas_source_ended{connector="file",source="users"} 1`,
		`spaas_operator_late_records_total{kind="window",operator="per-country"} 5`,
		`spaas_sink_records_total{connector="kafka",delivery="at-least-once",sink="counts"} 12`,
		`spaas_checkpoints_completed_total 8`,
		`spaas_checkpoint_last_duration_seconds 1.5`,
		`# HELP spaas_source_lag_records Records known to be unread; absent when that is unknown.`,
		`go_goroutines `,
		`process_resident_memory_bytes `,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s", want)
		}
	}
	// Unknown is absent, not -1: nobody should have to know that in an alert.
	if strings.Contains(string(body), `spaas_source_lag_records{connector="file"`) {
		t.Error("a lag that is unknown is served")
	}
}
