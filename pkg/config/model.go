package config

// Job is spaas.yaml: what the developer of a job says about it.
type Job struct {
	Version        int               `yaml:"version" rule:"required" doc:"version of the shape of this file" eg:"1" min:"1" max:"1"`
	Job            string            `yaml:"job" rule:"required" form:"job" doc:"name of the job, on Nomad too" eg:"clicks-by-country"`
	Namespace      string            `yaml:"namespace" default:"default" form:"namespace" doc:"Nomad namespace"`
	Owner          string            `yaml:"owner" doc:"who is asked and paged about the job" eg:"growth-data@example.com"`
	Properties     map[string]string `yaml:"properties" of:"PROPERTY" form:"property" rule:"reference" doc:"values that the code reads with stream.Property"`
	Sources        map[string]Source `yaml:"sources" of:"SOURCE" form:"name" doc:"what the job reads, by the names that the code gives to stream.From"`
	Sinks          map[string]Sink   `yaml:"sinks" of:"SINK" form:"name" doc:"what the job writes, by the names that the code gives to To"`
	Resources      Resources         `yaml:"resources" doc:"what the job asks of the machines"`
	SecurityGroups []string          `yaml:"security_groups" form:"name" doc:"names of the platform document for network, nodes and variables of the job"`
	State          State             `yaml:"state" doc:"how keyed state is kept"`
	Checkpoint     Checkpoint        `yaml:"checkpoint" doc:"when checkpoints are taken, and how long they are kept"`
	Upgrade        Upgrade           `yaml:"upgrade" doc:"when a new version counts as stable, and what happens if it does not become so"`
	Alerts         Alerts            `yaml:"alerts" doc:"when somebody is told"`
}

// Source is one source: the connector that is read and a block for each
// connector that can be switched to.
type Source struct {
	Connector string           `yaml:"connector" rule:"required,essential" doc:"which of the blocks below is read"`
	Kafka     *KafkaSource     `yaml:"kafka" doc:"reads a Kafka topic"`
	File      *FileSource      `yaml:"file" doc:"reads files once, in the order of their names"`
	Generator *GeneratorSource `yaml:"generator" doc:"makes records up"`
	OnError   OnError          `yaml:"on_error" default:"fail" doc:"what becomes of a record that cannot be decoded: the job fails, or it is skipped, or it goes to a sink"`
}

// KafkaSource reads a topic. It names a cluster or brokers, not both.
type KafkaSource struct {
	Cluster string   `yaml:"cluster" rule:"essential" form:"name" doc:"Kafka cluster of the platform document"`
	Brokers []string `yaml:"brokers" rule:"essential" form:"address" doc:"addresses to start from, in place of a cluster"`
	Topic   string   `yaml:"topic" rule:"required,essential" form:"topic" doc:"topic to read" eg:"clicks"`
	Format  string   `yaml:"format" default:"json" oneof:"json,csv,lines" doc:"how a record is written"`
	Start   string   `yaml:"start" default:"earliest" form:"start" doc:"where the first start reads; later the checkpoint decides"`
}

// FileSource reads files once, in the order of their names.
type FileSource struct {
	Path        string `yaml:"path" rule:"required,essential" doc:"file, folder or glob, from the folder of the job" eg:"testdata/*.ndjson"`
	Format      string `yaml:"format" default:"json" oneof:"json,csv,lines" doc:"how a record is written"`
	Compression string `yaml:"compression" default:"auto" oneof:"auto,none,gz,zstd" doc:"how the files are compressed; auto goes by their first bytes"`
}

// GeneratorSource makes records.
type GeneratorSource struct {
	Rate     Rate              `yaml:"rate" default:"0" rule:"essential" doc:"how many records it makes; 0 is as many as it can"`
	Count    int64             `yaml:"count" default:"0" min:"0" doc:"how many records it makes in all; 0 is without end"`
	Seed     uint64            `yaml:"seed" default:"0" doc:"same seed, same records"`
	Start    string            `yaml:"start" form:"time" doc:"event time of the first record; without it, when the job first starts"`
	Step     Duration          `yaml:"step" default:"1ms" doc:"event time from one record to the next"`
	Disorder Duration          `yaml:"disorder" default:"0s" doc:"by how much records may be out of order"`
	Late     float64           `yaml:"late" default:"0" min:"0" max:"1" doc:"share of the records that come later still" eg:"0.01"`
	LateBy   Duration          `yaml:"late_by" default:"0s" doc:"by how much those are late"`
	Fields   map[string]string `yaml:"fields" of:"FIELD" form:"field" doc:"fields of a record: time, seq, one_of(a,b), int(1,9), float(0,1) or string(8)"`
	Format   string            `yaml:"format" default:"json" oneof:"json,csv,lines" doc:"how a record is written"`
}

// OnError says what happens to a record that cannot be decoded:
// "fail", "skip", or {to: sink}.
type OnError struct {
	Do string `yaml:"-" oneof:"fail,skip"` // fail, skip, to
	To string `yaml:"to" form:"name" doc:"sink that gets the records that cannot be decoded"`
}

// Sink is one sink.
type Sink struct {
	Connector  string         `yaml:"connector" rule:"required,essential" doc:"which of the blocks below is written"`
	Kafka      *KafkaSink     `yaml:"kafka" doc:"writes a Kafka topic"`
	File       *FileSink      `yaml:"file" doc:"writes files into a folder"`
	Stdout     *StdoutSink    `yaml:"stdout" doc:"writes lines to the standard output of the job"`
	Blackhole  *BlackholeSink `yaml:"blackhole" doc:"forgets everything"`
	Delivery   string         `yaml:"delivery" default:"at-least-once" oneof:"at-least-once,exactly-once" doc:"what the sink has to guarantee after a crash"`
	OnBackfill string         `yaml:"on_backfill" default:"mute" oneof:"mute,append,replace" doc:"what a backfill does with the sink: writes nothing, adds to it, or replaces what is there"`
}

// KafkaSink writes a topic. It names a cluster or brokers, not both.
type KafkaSink struct {
	Cluster string   `yaml:"cluster" rule:"essential" form:"name" doc:"Kafka cluster of the platform document"`
	Brokers []string `yaml:"brokers" rule:"essential" form:"address" doc:"addresses to start from, in place of a cluster"`
	Topic   string   `yaml:"topic" rule:"required,essential" form:"topic" doc:"topic to write" eg:"clicks_by_country"`
	Format  string   `yaml:"format" default:"json" oneof:"json,csv,lines" doc:"how a record is written"`
}

// FileSink writes files into a folder.
type FileSink struct {
	Path        string   `yaml:"path" rule:"required,essential" doc:"folder to write, from the folder of the job" eg:"out/counts"`
	Format      string   `yaml:"format" default:"json" oneof:"json,csv,lines" doc:"how a record is written"`
	Compression string   `yaml:"compression" default:"none" oneof:"none,gz,zstd" doc:"how the files are compressed"`
	RollSize    ByteSize `yaml:"roll_size" default:"128MiB" min:"1KiB" doc:"size at which a file is ended and the next begun"`
}

// StdoutSink writes to the standard output of the job.
type StdoutSink struct {
	Format string `yaml:"format" default:"json" oneof:"json,csv,lines" doc:"how a record is written"`
}

// BlackholeSink forgets everything.
type BlackholeSink struct{}

// Resources is what a job asks of the machine.
type Resources struct {
	Workers     int      `yaml:"workers" default:"1" min:"1" doc:"processes that share the work"`
	Parallelism int      `yaml:"parallelism" default:"1" min:"1" doc:"subtasks of each operator, over all workers"`
	CPU         int      `yaml:"cpu" default:"1000" min:"50" doc:"MHz of each worker"`
	Memory      ByteSize `yaml:"memory" default:"512MiB" min:"32MiB" doc:"memory of each worker"`
	Disk        ByteSize `yaml:"disk" default:"1GiB" min:"1MiB" doc:"disk of each worker, for its state"`
}

// State is how keyed state is kept.
type State struct {
	Backend   string   `yaml:"backend" default:"memory" oneof:"memory" doc:"where state lives while the job runs"`
	Cache     ByteSize `yaml:"cache" default:"128MiB" min:"1MiB" doc:"memory of each worker for state"`
	KeyGroups int      `yaml:"key_groups" default:"128" min:"1" max:"32768" doc:"parts that keys are dealt into, the most subtasks there can ever be; fixed by the first checkpoint"`
}

// Checkpoint is when checkpoints are taken and how long they are kept.
type Checkpoint struct {
	Every      Duration `yaml:"every" default:"1m" min:"10ms" doc:"from one checkpoint to the next"`
	Timeout    Duration `yaml:"timeout" default:"5m" min:"100ms" doc:"when a checkpoint that is not complete is given up"`
	MinPause   Duration `yaml:"min_pause" default:"0s" doc:"least time from the end of a checkpoint to the start of the next"`
	Store      string   `yaml:"store" form:"name" doc:"store of the platform document; without it, a folder of the job"`
	Keep       Keep     `yaml:"keep" doc:"how long checkpoints are kept, thinned by age"`
	Rewindable Duration `yaml:"rewindable" default:"24h" doc:"how far back the job must be able to be rewound"`
}

// Keep is how long checkpoints are kept, by age class.
type Keep struct {
	All    Duration `yaml:"all" default:"6h" doc:"how long every checkpoint is kept"`
	Hourly Duration `yaml:"hourly" default:"2d" doc:"how long one an hour is kept"`
	Daily  Duration `yaml:"daily" default:"7d" doc:"how long one a day is kept"`
}

// Upgrade is when a new version counts as stable, and what happens if it does not.
type Upgrade struct {
	Stable    Stable `yaml:"stable" doc:"the proof that a new version has to give"`
	OnFailure string `yaml:"on_failure" default:"rollback" oneof:"rollback,stop" doc:"what happens to a version that does not give it"`
}

// Stable is the proof a new version has to give.
type Stable struct {
	Checkpoints int      `yaml:"checkpoints" default:"3" min:"1" doc:"checkpoints it has to complete"`
	Within      Duration `yaml:"within" default:"10m" min:"1s" doc:"time it has for them"`
}

// Alerts is when somebody is told.
type Alerts struct {
	CheckpointAge Duration `yaml:"checkpoint_age" default:"5m" doc:"the last complete checkpoint is older than this"`
	Lag           Duration `yaml:"lag" default:"10m" doc:"the job is behind by more than this"`
	Rejects       Rate     `yaml:"rejects" default:"100/min" doc:"more records than this cannot be decoded"`
}
