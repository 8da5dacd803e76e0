package kafka

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/testservice"
	"github.com/spaas/spaas/runtime/connect"
)

// One real broker for all of it.
func TestRealKafka(t *testing.T) {
	broker := testservice.Kafka(t)
	x := func(t *testing.T) *fixture { return &fixture{t, []string{broker.Addr}} }
	t.Run("conformance", func(t *testing.T) { conformant(t, x) })
	t.Run("behaviour", func(t *testing.T) {
		topics := 0
		for _, tests := range []map[string]func(t *testing.T, x *fixture, topic string){readingTests, writingTests} {
			for name, test := range tests {
				topics++
				topic := fmt.Sprintf("topic-%d", topics)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, x(t), topic)
				})
			}
		}
		x(t).topic("clicks", 1)
		for mechanism := range mechanisms {
			t.Run(mechanism, func(t *testing.T) {
				t.Parallel()
				realLogin(t, x(t), broker, mechanism)
			})
		}
	})
	t.Run("restart", func(t *testing.T) { brokerRestarts(t, x(t), broker) })
}

func realLogin(t *testing.T, x *fixture, broker *testservice.Broker, mechanism string) {
	user := testservice.User
	if scram := map[string]kadm.ScramMechanism{"SCRAM-SHA-256": kadm.ScramSha256, "SCRAM-SHA-512": kadm.ScramSha512}[mechanism]; scram != 0 {
		user += mechanism
		x.admin(func(ctx context.Context, admin *kadm.Client) error {
			_, err := admin.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{{User: user, Mechanism: scram, Iterations: 4096, Password: testservice.Password}})
			return err
		})
	}
	login := func(password string) error {
		return x.reach(guarded("", config.KafkaCluster{
			Brokers: []string{broker.Guarded}, SASL: &config.SASL{Mechanism: mechanism, Username: user, Password: "${env:PASSWORD}"},
		}, map[string]string{"PASSWORD": password}), deadline)
	}
	eventually(t, "the credentials are known", func() bool { return login(testservice.Password) == nil })
	x.refused(login("wrong"), true, fmt.Sprintf("refuses user %q", user), "platform: kafka.guarded.sasl")
}

// brokerRestarts kills the broker while a reader reads and a writer writes.
// Nothing is lost, nothing is doubled, and neither gives up.
func brokerRestarts(t *testing.T, x *fixture, broker *testservice.Broker) {
	x.topic("in", 1)
	x.topic("out", 1)
	s := x.source(config.KafkaSource{Topic: "in"})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	w := x.write("out")
	x.produce("in", 0, numbers(0, 10)...)
	r.reads("in/0", numbers(0, 10)...)
	w.must(numbers(0, 10)...)
	w.precommit()

	if err := broker.Kill(); err != nil {
		t.Fatal(err)
	}
	w.must(numbers(10, 10)...)
	polled, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	for {
		if _, err := r.poll(polled); err != nil {
			if polled.Err() == nil {
				t.Errorf("the reader gives up: %v", err)
			}
			break
		}
	}
	if err := broker.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.produce("in", 0, numbers(10, 10)...)
	r.reads("in/0", numbers(0, 20)...)
	w.must(numbers(20, 10)...)
	w.precommit()
	var got []string
	for _, record := range x.consume("out") {
		got = append(got, string(record.Value))
	}
	if want := numbers(0, 30); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("written are %v, want %v", got, want)
	}
}
