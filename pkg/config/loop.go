package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// loops refuses a sink that writes a topic which the job reads: every result
// would come in again as an event.
func (r *rules) loops() {
	readBy := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Job.Sources)) {
		if s := r.Job.Sources[name]; s.Connector == "kafka" && s.Kafka != nil && s.Kafka.Topic != "" {
			readBy[topicID(s.Kafka.Cluster, s.Kafka.Brokers, s.Kafka.Topic)] = name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Job.Sinks)) {
		s, path := r.Job.Sinks[name], "sinks."+name
		if s.Connector != "kafka" || s.Kafka == nil {
			continue
		}
		source, looped := readBy[topicID(s.Kafka.Cluster, s.Kafka.Brokers, s.Kafka.Topic)]
		if looped {
			r.add(path+".kafka.topic", fmt.Sprintf("write another topic: what the job writes there comes in again through source %q", source),
				"%s writes the topic %s that source %q reads", path, show(s.Kafka.Topic), source)
		}
	}
}

// topicID tells topics of different clusters apart, as far as their names do.
func topicID(cluster string, brokers []string, topic string) string {
	return cluster + "\x00" + strings.Join(slices.Sorted(slices.Values(brokers)), ",") + "\x00" + topic
}
