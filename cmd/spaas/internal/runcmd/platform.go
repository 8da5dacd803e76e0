package runcmd

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/spaas/spaas/pkg/config"
)

// localStore is the name, in the platform document of a local run, of the store
// that checkpoints go to, whatever store the job names: a run on somebody's
// machine never meets the checkpoints of the job that is deployed.
const localStore = "local-run"

// platformOf is the platform document of a run, and what has to be set in the
// job's config beside it. With a broker, that is every Kafka cluster.
func platformOf(loaded *config.Loaded, broker, checkpoints string) (doc config.Platform, set []string) {
	doc = *loaded.Platform
	doc.Version = 1
	doc.Stores = map[string]config.Store{localStore: {Folder: checkpoints}}
	set = []string{"checkpoint.store=" + localStore}
	if broker == "" {
		return doc, set
	}
	// Security groups and links mean nothing here, and the job may name some that
	// the document lacks.
	doc.SecurityGroups, doc.Links = nil, nil
	doc.Kafka = map[string]config.KafkaCluster{}
	use := func(path, cluster string) {
		if cluster == "" {
			set = append(set, fmt.Sprintf("%s.kafka.brokers=[%q]", path, broker))
		} else {
			doc.Kafka[cluster] = config.KafkaCluster{Brokers: []string{broker}}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(loaded.Job.Sources)) {
		if k := loaded.Job.Sources[name].Kafka; k != nil {
			use("sources."+name, k.Cluster)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(loaded.Job.Sinks)) {
		if k := loaded.Job.Sinks[name].Kafka; k != nil {
			use("sinks."+name, k.Cluster)
		}
	}
	return doc, set
}

// writePlatform writes the document for the job to read.
func writePlatform(path string, doc config.Platform) error {
	text, err := yaml.MarshalWithOptions(doc, yaml.OmitEmpty())
	if err != nil {
		return fmt.Errorf("the platform document of the run: %w", err)
	}
	const head = "# Written by spaas run for each run; changes are lost.\n"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte(head), text...), 0o644)
}
