package config

import "time"

// Duration is a length of time in the config: "1m30s", "6h", "2d".
type Duration time.Duration

// Std is the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// ByteSize is a number of bytes in the config: "512MiB", "10GB", "4096".
type ByteSize int64

// Rate is a number of records a second in the config: "1000", "100/s", "90/min".
type Rate float64

// SecretResolver turns references into what they stand for.
type SecretResolver interface {
	// Resolve returns s with every reference in it (${env:NAME}, ${file:path},
	// ${nomad:path#key}) replaced by what it stands for. The error of one that
	// cannot be resolved names the reference, never its content.
	Resolve(s string) (string, error)
}

// Options says where the layers of a config are.
type Options struct {
	Dir      string   // folder of the job repo; relative paths below start here
	File     string   // spaas.yaml; "" is spaas.yaml in Dir
	Env      string   // environment, "" is none: envs/<Env>.yaml beside File
	Platform string   // platform document, "" is none
	Live     []Live   // stored live overrides, oldest first
	Set      []string // key=value, in order
}

// Live is one stored live override of one key.
type Live struct {
	Key, Value string
	Who, Why   string
	Until      time.Time // zero: until it is taken back
}

// Loaded is a config that is in force.
type Loaded struct {
	Job      Job
	Platform *Platform // never nil
	Env      string    // environment, "" none
	Context  string    // of the environment
	Keys     []Key     // every key, in the order of the model
}

// Key is one key of the config: what each layer says and what is in force.
type Key struct {
	Path      string // YAML path: "sources.clicks.kafka.topic"
	Template  string // what spaas.yaml says; "" with HasTemplate false: nothing
	Override  string // what the layers above say
	Effective string
	From      string // file:line, "platform: kafka-prod", "live: ana, …", "--set", "default"

	HasTemplate, HasOverride bool
}

// Load reads every layer and returns what is in force. Every fault of every
// layer is returned at once, as a fault.List, each with file:line:column, all
// of them incurable.
func Load(o Options) (*Loaded, error) { panic("soon") }

// Where is the place in the layers, file:line:column, that gave a key its
// value, "" when it is a default.
func (l *Loaded) Where(path string) string { panic("soon") }
