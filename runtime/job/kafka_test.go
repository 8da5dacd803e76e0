package job

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

const kafkaConfig = `
version: 1
job: relay
namespace: test
sources:
  in: {connector: kafka, kafka: {brokers: ["BROKER"], topic: clicks, format: json}}
sinks:
  out: {connector: kafka, kafka: {brokers: ["BROKER"], topic: counts, format: json}}
checkpoint: {every: 100ms}
`

// What is wrong with a cluster, a topic or a record ends the process with a code
// that says whether a restart may cure it, and one message that says it all.
func TestKafkaFaults(t *testing.T) {
	for name, test := range map[string]struct {
		config []string // what to replace in it
		record string
		code   int
		says   []string
	}{
		"out of reach": {
			[]string{"BROKER", "127.0.0.1:1"}, "", codeFailed,
			[]string{"cannot be reached", "127.0.0.1:1", "connection refused", "check that the brokers are up"},
		},
		"no topic to read": {
			[]string{"topic: clicks", "topic: cliks"}, "", codeRefused,
			[]string{`topic \"cliks\" does not exist`, `did you mean \"clicks\"?`},
		},
		"no topic to write": {
			[]string{"topic: counts", "topic: count"}, "", codeRefused,
			[]string{`topic \"count\" does not exist`, `did you mean \"counts\"?`},
		},
		"a record that is not JSON": {
			nil, `{"n":1`, codeRefused,
			[]string{"clicks/0@1", "cannot be decoded", "on_error"},
		},
		"a record that is too large": {
			nil, `{"key":"` + strings.Repeat("x", 100_000) + `"}`, codeRefused,
			[]string{`larger than topic \"counts\" takes, which is 1000 bytes`, "max.message.bytes"},
		},
		"delivery it does not have": {
			[]string{"topic: counts, format: json}", "topic: counts, format: json}, delivery: exactly-once"}, "", codeUsage,
			[]string{"cannot deliver exactly-once", "at-least-once"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "clicks"))
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			if err := cluster.CreateTopic("counts", 1, map[string]string{"max.message.bytes": "1000"}); err != nil {
				t.Fatal(err)
			}
			broker := cluster.ListenAddrs()[0]
			client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.DefaultProduceTopic("clicks"))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			records := []*kgo.Record{kgo.StringRecord(`{"key":"a","n":1}`)}
			if test.record != "" {
				records = append(records, kgo.StringRecord(test.record))
			}
			if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			config := strings.NewReplacer(append(test.config, "BROKER", broker)...).Replace(kafkaConfig)
			p := startJob(t, "pass", files(t, map[string]string{"spaas.yaml": config}), "--on-fault", "exit")
			if code := p.exitCode(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			log := p.err.String()
			for _, text := range test.says {
				if !strings.Contains(log, text) {
					t.Errorf("the log does not say %s:\n%s", text, log)
				}
			}
			if n := strings.Count(log, `"level":"ERROR"`); n != 1 {
				t.Errorf("the log has %d errors, want one:\n%s", n, log)
			}
		})
	}
}
