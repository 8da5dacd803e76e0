package job

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/spaas/spaas/pkg/jobapi"
)

// Metrics are the status document once more, in Prometheus' shape: both are
// made from one reading, so they cannot disagree. Counters start at zero with
// the process. Every series carries the labels job and namespace where its
// scraper puts them; the process does not repeat them.
var (
	descBuild      = desc("build_info", "What the job was built from; always 1.", "job", "namespace", "version", "runtime")
	descState      = desc("job_state", "1 for the state the job is in, 0 for the others.", "state")
	descReady      = desc("job_ready", "1 when /readyz answers 200.")
	descStarted    = desc("job_start_time_seconds", "When the process started, seconds since 1970.")
	descTerm       = desc("job_term", "Term of the coordinator in the decision log.")
	descGeneration = desc("job_generation", "Generation that is running.")
	descWatermark  = desc("job_watermark_seconds", "Smallest watermark over all sources, event time in seconds since 1970; absent before the first.")

	descSourceRecords   = desc("source_records_total", "Records read, undecodable ones included.", "source", "connector")
	descSourceBad       = desc("source_bad_records_total", "Records that could not be decoded.", "source", "connector")
	descSourceBytes     = desc("source_bytes_total", "Bytes read.", "source", "connector")
	descSourceLag       = desc("source_lag_records", "Records known to be unread; absent when that is unknown.", "source", "connector")
	descSourceSplits    = desc("source_splits", "Splits (partitions, files) being read.", "source", "connector")
	descSourceIdle      = desc("source_idle", "1 when every split is idle and holds no watermark back.", "source", "connector")
	descSourceEnded     = desc("source_ended", "1 when every split was read to its end.", "source", "connector")
	descSourceWatermark = desc("source_watermark_seconds", "Watermark of the source, event time in seconds since 1970; absent before the first.", "source", "connector")

	descOpIn    = desc("operator_records_in_total", "Records taken.", "operator", "kind")
	descOpOut   = desc("operator_records_out_total", "Records handed on.", "operator", "kind")
	descOpLate  = desc("operator_late_records_total", "Records dropped because they came after the allowed lateness.", "operator", "kind")
	descOpKeys  = desc("operator_state_rows", "Rows of keyed state.", "operator", "kind")
	descOpPanes = desc("operator_open_panes", "Windows that are open.", "operator", "kind")

	descSinkRecords = desc("sink_records_total", "Records written.", "sink", "connector", "delivery")
	descSinkBytes   = desc("sink_bytes_total", "Bytes written.", "sink", "connector", "delivery")

	descCheckpoints   = desc("checkpoints_completed_total", "Checkpoints decided.")
	descAbandoned     = desc("checkpoints_abandoned_total", "Checkpoints given up.")
	descCheckpointID  = desc("checkpoint_last_id", "Number of the newest checkpoint.")
	descCheckpointAt  = desc("checkpoint_last_time_seconds", "When the newest checkpoint was decided, seconds since 1970.")
	descCheckpointDur = desc("checkpoint_last_duration_seconds", "How long the newest checkpoint took.")
	descCheckpointLen = desc("checkpoint_last_size_bytes", "Bytes of state the newest checkpoint wrote.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("spaas_"+name, help, labels, nil)
}

// newMetrics makes the job's own registry, with the Go runtime's and the
// process's metrics beside the job's.
func newMetrics(b *board) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		statusCollector{b},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return r
}

// statusCollector renders the board at each scrape.
type statusCollector struct{ board *board }

// Describe sends nothing: which series there are depends on the job's graph.
func (statusCollector) Describe(chan<- *prometheus.Desc) {}

// Collect reads the status once and sends it.
func (c statusCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	instant := func(d *prometheus.Desc, t *time.Time, labels ...string) {
		if t != nil {
			gauge(d, seconds(*t), labels...)
		}
	}

	s := c.board.status()
	ready, _ := c.board.ready()
	gauge(descBuild, 1, s.Job, s.Namespace, s.Version, s.Runtime)
	for _, state := range []jobapi.State{jobapi.Starting, jobapi.Running, jobapi.Paused, jobapi.Stopping, jobapi.Stopped, jobapi.Finished, jobapi.Failed} {
		gauge(descState, oneIf(s.State == state), string(state))
	}
	gauge(descReady, oneIf(ready))
	gauge(descStarted, seconds(s.Started))
	gauge(descTerm, float64(s.Term))
	gauge(descGeneration, float64(s.Generation))
	instant(descWatermark, s.Watermark)

	for _, x := range s.Sources {
		count(descSourceRecords, x.In, x.Name, x.Connector)
		count(descSourceBad, x.Bad, x.Name, x.Connector)
		count(descSourceBytes, x.Bytes, x.Name, x.Connector)
		if x.Lag >= 0 {
			gauge(descSourceLag, float64(x.Lag), x.Name, x.Connector)
		}
		gauge(descSourceSplits, float64(x.Splits), x.Name, x.Connector)
		gauge(descSourceIdle, oneIf(x.Idle), x.Name, x.Connector)
		gauge(descSourceEnded, oneIf(x.Ended), x.Name, x.Connector)
		instant(descSourceWatermark, x.Watermark, x.Name, x.Connector)
	}
	for _, x := range s.Operators {
		count(descOpIn, x.In, x.Name, x.Kind)
		count(descOpOut, x.Out, x.Name, x.Kind)
		count(descOpLate, x.Late, x.Name, x.Kind)
		gauge(descOpKeys, float64(x.Keys), x.Name, x.Kind)
		gauge(descOpPanes, float64(x.Panes), x.Name, x.Kind)
	}
	for _, x := range s.Sinks {
		count(descSinkRecords, x.Out, x.Name, x.Connector, x.Delivery)
		count(descSinkBytes, x.Bytes, x.Name, x.Connector, x.Delivery)
	}

	count(descCheckpoints, s.Checkpoints.Completed)
	count(descAbandoned, s.Checkpoints.Abandoned)
	if last := s.Checkpoints.Last; last != nil {
		gauge(descCheckpointID, float64(last.ID))
		gauge(descCheckpointAt, seconds(last.At))
		gauge(descCheckpointDur, last.Duration.Seconds())
		gauge(descCheckpointLen, float64(last.Bytes))
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
