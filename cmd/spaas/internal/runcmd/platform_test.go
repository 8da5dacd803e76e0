package runcmd

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/spaas/spaas/pkg/config"
)

const manyClusters = `version: 1
job: clicks
sources:
  named: {connector: kafka, kafka: {cluster: kafka-test, topic: a}}
  direct: {connector: kafka, kafka: {brokers: ["b1:9092", "b2:9092"], topic: b}}
  switched: {connector: generator, kafka: {cluster: elsewhere, topic: c}, generator: {rate: 1/s}}
sinks:
  out: {connector: kafka, kafka: {cluster: kafka-test, topic: d}}
  raw: {connector: kafka, kafka: {brokers: ["b1:9092"], topic: e}}
security_groups: [data-plane]
checkpoint: {store: production}
`

// job writes files into a folder of their own.
func jobFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, o config.Options) *config.Loaded {
	t.Helper()
	loaded, err := config.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// The job, given the document and the settings, finds nothing but the embedded
// broker and the local store.
func TestPlatformOfALocalRun(t *testing.T) {
	dir := jobFolder(t, map[string]string{"spaas.yaml": manyClusters})
	loaded := load(t, config.Options{Dir: dir, PlatformLater: true})
	doc, set := platformOf(loaded, "127.0.0.1:4321", "/tmp/checkpoints")
	path := filepath.Join(dir, ".spaas", "run", "platform.yaml")
	if err := writePlatform(path, doc); err != nil {
		t.Fatal(err)
	}
	as := load(t, config.Options{Dir: dir, Platform: path, Set: set})
	brokers := []string{"127.0.0.1:4321"}
	for _, name := range []string{"kafka-test", "elsewhere"} {
		if got := as.Platform.Kafka[name]; !reflect.DeepEqual(got, config.KafkaCluster{Brokers: brokers}) {
			t.Errorf("cluster %s is %+v", name, got)
		}
	}
	if got := as.Job.Sources["direct"].Kafka.Brokers; !reflect.DeepEqual(got, brokers) {
		t.Errorf("brokers of the source are %v", got)
	}
	if got := as.Job.Sinks["raw"].Kafka.Brokers; !reflect.DeepEqual(got, brokers) {
		t.Errorf("brokers of the sink are %v", got)
	}
	if got := as.Platform.Stores[as.Job.Checkpoint.Store].Folder; got != "/tmp/checkpoints" {
		t.Errorf("checkpoints go to %q", got)
	}
}

// With an environment the clusters are the real ones, as the platform document
// has them; checkpoints stay here all the same.
func TestPlatformOfAnEnvironment(t *testing.T) {
	const platform = `version: 1
kafka:
  kafka-test: {brokers: ["real:9092"], tls: {ca: ca.pem}, sasl: {mechanism: PLAIN, username: u, password: "${env:KAFKA_PASSWORD}"}}
  elsewhere: {brokers: ["other:9092"], tls: {}}
stores: {production: {folder: /mnt/production}}
security_groups: {data-plane: {network: cni/data, constraints: ["${meta.zone} = eu-1"]}}
`
	dir := jobFolder(t, map[string]string{
		"spaas.yaml": manyClusters, "envs/prod.yaml": "context: prod\n", "platform.yaml": platform,
	})
	loaded := load(t, config.Options{Dir: dir, Env: "prod", Platform: "platform.yaml"})
	doc, set := platformOf(loaded, "", "/tmp/checkpoints")
	path := filepath.Join(dir, "run.yaml")
	if err := writePlatform(path, doc); err != nil {
		t.Fatal(err)
	}
	as := load(t, config.Options{Dir: dir, Env: "prod", Platform: path, Set: set})
	if got, want := as.Platform.Kafka, loaded.Platform.Kafka; !reflect.DeepEqual(got, want) {
		t.Errorf("clusters are %+v\nwant %+v", got, want)
	}
	if got, want := as.Platform.SecurityGroups, loaded.Platform.SecurityGroups; !reflect.DeepEqual(got, want) {
		t.Errorf("security groups are %+v\nwant %+v", got, want)
	}
	if len(as.Platform.Stores) != 1 || as.Platform.Stores[as.Job.Checkpoint.Store].Folder != "/tmp/checkpoints" {
		t.Errorf("stores are %+v, the job's is %s", as.Platform.Stores, as.Job.Checkpoint.Store)
	}
}
