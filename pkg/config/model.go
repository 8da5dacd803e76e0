package config

// Job is spaas.yaml: what the developer of a job says about it.
type Job struct {
	Version        int               `yaml:"version"`
	Job            string            `yaml:"job"`
	Namespace      string            `yaml:"namespace"`
	Owner          string            `yaml:"owner"`
	Properties     map[string]string `yaml:"properties"`
	Sources        map[string]Source `yaml:"sources"`
	Sinks          map[string]Sink   `yaml:"sinks"`
	Resources      Resources         `yaml:"resources"`
	SecurityGroups []string          `yaml:"security_groups"`
	State          State             `yaml:"state"`
	Checkpoint     Checkpoint        `yaml:"checkpoint"`
	Upgrade        Upgrade           `yaml:"upgrade"`
	Alerts         map[string]string `yaml:"alerts"`
}

// Source is one source: the connector that is read and a block for each
// connector that can be switched to.
type Source struct {
	Connector string           `yaml:"connector"`
	Kafka     *KafkaSource     `yaml:"kafka"`
	File      *FileSource      `yaml:"file"`
	Generator *GeneratorSource `yaml:"generator"`
	OnError   OnError          `yaml:"on_error"`
}

// KafkaSource reads a topic.
type KafkaSource struct {
	Cluster string   `yaml:"cluster"` // name in the platform document; or:
	Brokers []string `yaml:"brokers"`
	Topic   string   `yaml:"topic"`
	Format  string   `yaml:"format"` // json, csv, lines
	Start   string   `yaml:"start"`  // earliest, latest, RFC 3339; first start only
}

// FileSource reads files once, in the order of their names.
type FileSource struct {
	Path        string `yaml:"path"` // file, folder or glob; .gz and .zst are read
	Format      string `yaml:"format"`
	Compression string `yaml:"compression"` // auto, none, gz, zstd
}

// GeneratorSource makes records.
type GeneratorSource struct {
	Rate     Rate              `yaml:"rate"`
	Count    int64             `yaml:"count"` // 0: without end
	Seed     uint64            `yaml:"seed"`
	Start    string            `yaml:"start"`    // event time of the first record, RFC 3339
	Step     Duration          `yaml:"step"`     // event time between records
	Disorder Duration          `yaml:"disorder"` // events are at most this much out of order
	Late     float64           `yaml:"late"`     // share of events that come later than that
	LateBy   Duration          `yaml:"late_by"`
	Fields   map[string]string `yaml:"fields"` // name -> expression: time, seq, one_of(a,b), int(1,9), float(0,1), string(8)
	Format   string            `yaml:"format"`
}

// OnError says what happens to a record that cannot be decoded:
// "fail", "skip", or {to: sink}.
type OnError struct {
	Do string `yaml:"-"` // fail, skip, to
	To string `yaml:"to"`
}

// Sink is one sink.
type Sink struct {
	Connector  string         `yaml:"connector"`
	Kafka      *KafkaSink     `yaml:"kafka"`
	File       *FileSink      `yaml:"file"`
	Stdout     *StdoutSink    `yaml:"stdout"`
	Blackhole  *BlackholeSink `yaml:"blackhole"`
	Delivery   string         `yaml:"delivery"`
	OnBackfill string         `yaml:"on_backfill"`
}

// KafkaSink writes a topic.
type KafkaSink struct {
	Cluster string   `yaml:"cluster"`
	Brokers []string `yaml:"brokers"`
	Topic   string   `yaml:"topic"`
	Format  string   `yaml:"format"`
}

// FileSink writes files into a folder.
type FileSink struct {
	Path        string   `yaml:"path"`
	Format      string   `yaml:"format"`
	Compression string   `yaml:"compression"`
	RollSize    ByteSize `yaml:"roll_size"`
}

// StdoutSink writes to the standard output of the job.
type StdoutSink struct {
	Format string `yaml:"format"`
}

// BlackholeSink forgets everything.
type BlackholeSink struct{}

// Resources is what a job asks of the machine.
type Resources struct {
	Workers     int      `yaml:"workers"`
	Parallelism int      `yaml:"parallelism"`
	CPU         int      `yaml:"cpu"` // MHz
	Memory      ByteSize `yaml:"memory"`
	Disk        ByteSize `yaml:"disk"`
}

// State is how keyed state is kept.
type State struct {
	Backend   string   `yaml:"backend"`
	Cache     ByteSize `yaml:"cache"`
	KeyGroups int      `yaml:"key_groups"`
}

// Checkpoint is when checkpoints are taken and how long they are kept.
type Checkpoint struct {
	Every      Duration `yaml:"every"`
	Timeout    Duration `yaml:"timeout"`
	MinPause   Duration `yaml:"min_pause"`
	Store      string   `yaml:"store"` // name in the platform document
	Keep       Keep     `yaml:"keep"`
	Rewindable Duration `yaml:"rewindable"`
}

// Keep is how long checkpoints are kept, by age class.
type Keep struct {
	All    Duration `yaml:"all"`
	Hourly Duration `yaml:"hourly"`
	Daily  Duration `yaml:"daily"`
}

// Upgrade is when a new version counts as stable, and what happens if it does not.
type Upgrade struct {
	Stable    Stable `yaml:"stable"`
	OnFailure string `yaml:"on_failure"`
}

// Stable is the proof a new version has to give.
type Stable struct {
	Checkpoints int      `yaml:"checkpoints"`
	Within      Duration `yaml:"within"`
}

// Platform is the platform document: what operators define once and jobs name.
type Platform struct {
	Version        int                      `yaml:"version"`
	Kafka          map[string]KafkaCluster  `yaml:"kafka"`
	Stores         map[string]Store         `yaml:"stores"`
	SecurityGroups map[string]SecurityGroup `yaml:"security_groups"`
	Links          map[string]string        `yaml:"links"`
	Build          BuildTarget              `yaml:"build"`
}

// KafkaCluster is a Kafka cluster that jobs name.
type KafkaCluster struct {
	Brokers []string `yaml:"brokers"`
	TLS     *TLS     `yaml:"tls"`
	SASL    *SASL    `yaml:"sasl"`
}

// TLS is how a connection is secured.
type TLS struct {
	CA   string `yaml:"ca"`
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"` // may be a secret reference
}

// SASL is how a client proves who it is.
type SASL struct {
	Mechanism string `yaml:"mechanism"` // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
	Username  string `yaml:"username"`
	Password  string `yaml:"password"` // must be a secret reference
}

// Store is a checkpoint or artifact store.
type Store struct {
	Folder string `yaml:"folder"`
}

// SecurityGroup is a name for network, nodes and variables of a task.
type SecurityGroup struct {
	Network     string   `yaml:"network"`
	NodePool    string   `yaml:"node_pool"`
	Constraints []string `yaml:"constraints"`
	Variables   []string `yaml:"variables"`
}

// BuildTarget is the platform of the nodes.
type BuildTarget struct {
	OS   string `yaml:"os"`
	Arch string `yaml:"arch"`
}
