package config

// Platform is the platform document: what operators define once and jobs name.
type Platform struct {
	Version        int                      `yaml:"version" rule:"required" min:"1" max:"1" doc:"version of the shape of this document" eg:"1"`
	Kafka          map[string]KafkaCluster  `yaml:"kafka" of:"CLUSTER" form:"name" doc:"Kafka clusters, by the names that jobs use"`
	Stores         map[string]Store         `yaml:"stores" of:"STORE" form:"name" doc:"stores for checkpoints, by the names that jobs use"`
	SecurityGroups map[string]SecurityGroup `yaml:"security_groups" of:"GROUP" form:"name" doc:"what the tasks of a job may reach, by the names that jobs use"`
	Links          map[string]string        `yaml:"links" of:"LINK" form:"name" doc:"web addresses for people; {job}, {namespace}, {env} and {context} are filled in"`
	Build          BuildTarget              `yaml:"build" doc:"the platform of the nodes, for which jobs are built"`
}

// KafkaCluster is a Kafka cluster that jobs name.
type KafkaCluster struct {
	Brokers []string `yaml:"brokers" rule:"required" form:"address" doc:"addresses to start from"`
	TLS     *TLS     `yaml:"tls" doc:"how connections are secured; {} trusts what the machine trusts"`
	SASL    *SASL    `yaml:"sasl" doc:"how a job proves who it is"`
}

// TLS is how a connection is secured. What it holds are PEM files, or
// references to their content.
type TLS struct {
	CA   string `yaml:"ca" rule:"reference" doc:"file of the authorities that are trusted, or a reference to their certificates"`
	Cert string `yaml:"cert" rule:"reference" doc:"file of the client's certificate, or a reference to it"`
	Key  string `yaml:"key" rule:"reference" form:"private-key" doc:"file of the client's key, or a reference to it"`
}

// SASL is how a client proves who it is.
type SASL struct {
	Mechanism string `yaml:"mechanism" rule:"required" oneof:"PLAIN,SCRAM-SHA-256,SCRAM-SHA-512" doc:"how the proof is given"`
	Username  string `yaml:"username" rule:"required" doc:"who it is"`
	Password  string `yaml:"password" rule:"required,reference" form:"secret" doc:"reference to the proof, never the password itself"`
}

// Store is a checkpoint or artifact store.
type Store struct {
	Folder string `yaml:"folder" rule:"required" doc:"folder that all workers of a job share"`
}

// SecurityGroup is a name for network, nodes and variables of a task.
type SecurityGroup struct {
	Network     string   `yaml:"network" default:"host" form:"network" doc:"network of the task: host, bridge or cni/NAME"`
	NodePool    string   `yaml:"node_pool" default:"default" doc:"Nomad node pool that the task runs in"`
	Constraints []string `yaml:"constraints" rule:"verbatim" doc:"what the node has to be, as Nomad writes it" eg:"${meta.zone} = eu-1"`
	Variables   []string `yaml:"variables" doc:"paths of the Nomad variables that the task may read"`
}

// BuildTarget is the platform of the nodes.
type BuildTarget struct {
	OS   string `yaml:"os" default:"linux" oneof:"linux,darwin" doc:"operating system"`
	Arch string `yaml:"arch" default:"amd64" oneof:"amd64,arm64" doc:"processor"`
}
