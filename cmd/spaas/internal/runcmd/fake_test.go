package runcmd

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/jobapi"
)

// TestMain makes the test binary the job that runs are made of in these tests,
// and a spaas that runs it on a terminal.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "run":
		os.Exit(fakeJob(os.Args[2:]))
	case os.Getenv(onTerminal) != "":
		os.Exit(runOnTerminal(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fakeJob copies the records of its source's topic to that of its sink, and
// keeps to everything that a job and spaas run say to each other: flags, status,
// control record, checkpoint, log, exit code. The property "does" makes it fail.
func fakeJob(args []string) int {
	j := &fake{}
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.StringVar(&j.dir, "dir", "", "")
	flags.StringVar(&j.platform, "platform", "", "")
	flags.StringVar(&j.env, "env", "", "")
	flags.StringVar(&j.statusFile, "status-file", "", "")
	flags.StringVar(&j.control, "control", "", "")
	onFault, log := flags.String("on-fault", "", ""), flags.String("log", "", "")
	flags.Func("set", "", func(s string) error { j.set = append(j.set, s); return nil })
	if err := flags.Parse(args); err != nil || *onFault != "exit" || *log != "json" {
		fmt.Fprintln(os.Stderr, args, err)
		return 99
	}
	signal.Notify(j.signals(), syscall.SIGTERM)
	if err := j.run(); err != nil {
		j.log("ERROR", "the job failed", "faults", []string{err.Error()})
		var coded *codedError
		if errors.As(err, &coded) {
			return coded.code
		}
		return 1
	}
	return 0
}

type codedError struct {
	code int
	text string
}

func (e *codedError) Error() string { return e.text }

type fake struct {
	dir, platform, env, statusFile, control string
	set                                     []string
	told                                    chan os.Signal

	status jobapi.Status
	at     map[int32]int64 // offsets of the source's topic
}

func (j *fake) signals() chan os.Signal {
	j.told = make(chan os.Signal, 2)
	return j.told
}

func (j *fake) log(level, msg string, more ...any) {
	record := map[string]any{"time": time.Now(), "level": level, "msg": msg}
	for i := 0; i < len(more); i += 2 {
		record[more[i].(string)] = more[i+1]
	}
	text, _ := json.Marshal(record)
	fmt.Fprintf(os.Stderr, "%s\n", text)
}

// say writes the status.
func (j *fake) say(state jobapi.State) {
	j.status.API, j.status.State, j.status.Now, j.status.PID = 1, state, time.Now(), os.Getpid()
	text, _ := json.Marshal(j.status)
	_ = os.WriteFile(j.statusFile+".new", text, 0o644)
	_ = os.Rename(j.statusFile+".new", j.statusFile)
}

func (j *fake) run() error {
	loaded, err := config.Load(config.Options{Dir: j.dir, Env: j.env, Platform: j.platform, Set: j.set})
	if err != nil {
		return &codedError{2, err.Error()}
	}
	switch does := loaded.Job.Properties["does"]; does {
	case "config fault":
		return &codedError{2, "main.go:7: the code names source \"x\""}
	case "state fault":
		return &codedError{4, "the state does not fit"}
	case "panic":
		panic("boom")
	case "stuck":
		// It hears that it is told to stop, and never does.
		j.status.Sources, j.status.Sinks = []jobapi.SourceStatus{}, []jobapi.SinkStatus{}
		j.say(jobapi.Running)
		select {}
	case "print":
		fmt.Println("printed by the job")
		j.log("WARN", "something is slow", "after", "3 s")
		j.log("INFO", "nobody is told")
	}
	source, sink := loaded.Job.Sources["in"].Kafka, loaded.Job.Sinks["out"].Kafka
	brokers := loaded.Platform.Kafka[source.Cluster].Brokers
	checkpoint := filepath.Join(loaded.Platform.Stores[loaded.Job.Checkpoint.Store].Folder, "offsets")
	j.status.Sources = []jobapi.SourceStatus{{Name: "in", Connector: "kafka", Lag: -1}}
	j.status.Sinks = []jobapi.SinkStatus{{Name: "out", Connector: "kafka"}}
	j.say(jobapi.Starting)

	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic(sink.Topic))
	if err != nil {
		return err
	}
	defer client.Close()
	j.at = map[int32]int64{}
	if text, err := os.ReadFile(checkpoint); err == nil {
		if err := json.Unmarshal(text, &j.at); err != nil {
			return err
		}
		j.status.Restored = 1
	}
	admin := kadm.NewClient(client)
	starts := map[int32]kgo.Offset{}
	ends, err := j.ends(admin, source.Topic)
	if err != nil {
		return err
	}
	for p := range ends {
		starts[p] = kgo.NewOffset().At(j.at[p])
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{source.Topic: starts})
	state, err := j.copy(client, admin, source.Topic)
	if err != nil {
		return err
	}
	text, _ := json.Marshal(j.at)
	if err := errors.Join(os.MkdirAll(filepath.Dir(checkpoint), 0o755), os.WriteFile(checkpoint, text, 0o644)); err != nil {
		return err
	}
	j.status.Checkpoints = jobapi.CheckpointStats{Completed: 1, Last: &jobapi.Checkpoint{ID: j.status.Restored + 1}}
	j.say(state)
	return nil
}

func (j *fake) ends(admin *kadm.Client, topic string) (map[int32]int64, error) {
	listed, err := admin.ListEndOffsets(context.Background(), topic)
	ends := map[int32]int64{}
	for p, o := range listed[topic] {
		ends[p] = o.Offset
	}
	return ends, err
}

// copy copies until it is told to stop, or has drained.
func (j *fake) copy(client *kgo.Client, admin *kadm.Client, topic string) (jobapi.State, error) {
	var until map[int32]int64
	for {
		select {
		case <-j.told:
			return jobapi.Stopped, nil
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		fetches := client.PollFetches(ctx)
		cancel()
		for _, r := range fetches.Records() {
			if string(r.Value) == "bad" {
				return "", fmt.Errorf("record %s/%d@%d cannot be decoded", r.Topic, r.Partition, r.Offset)
			}
			value := fmt.Appendf(nil, `{"line":%q}`, r.Value)
			if err := client.ProduceSync(context.Background(), &kgo.Record{Value: value}).FirstErr(); err != nil {
				return "", err
			}
			j.at[r.Partition] = r.Offset + 1
			j.status.Sources[0].In++
			j.status.Sinks[0].Out++
		}
		ends, err := j.ends(admin, topic)
		if err != nil {
			return "", err
		}
		lag, left := int64(0), int64(0)
		for p, end := range ends {
			lag += end - j.at[p]
			left += max(until[p]-j.at[p], 0)
		}
		j.status.Sources[0].Lag = lag
		j.say(jobapi.Running)
		if until != nil && left == 0 {
			return jobapi.Finished, nil
		}
		if text, err := os.ReadFile(j.control); err == nil && until == nil && strings.Contains(string(text), string(jobapi.WantDrained)) {
			until = ends
		}
	}
}
