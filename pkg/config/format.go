package config

// Format is the format of the connector that is read; "" leaves it to the type
// of the events.
func (s Source) Format() string {
	switch {
	case s.Connector == "kafka" && s.Kafka != nil:
		return s.Kafka.Format
	case s.Connector == "file" && s.File != nil:
		return s.File.Format
	case s.Connector == "generator" && s.Generator != nil:
		return s.Generator.Format
	}
	return ""
}

// Format is the format of the connector that is written; "" for one that wants
// no bytes.
func (s Sink) Format() string {
	switch {
	case s.Connector == "kafka" && s.Kafka != nil:
		return s.Kafka.Format
	case s.Connector == "file" && s.File != nil:
		return s.File.Format
	case s.Connector == "stdout" && s.Stdout != nil:
		return s.Stdout.Format
	}
	return ""
}
