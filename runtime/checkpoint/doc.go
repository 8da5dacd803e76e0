// Package checkpoint decides checkpoints: the decision log, the manifest, the
// protocol as pure decisions, and the coordinator that does its I/O.
package checkpoint
