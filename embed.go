// Package spaas embeds the source of its own runtime, so that a job can be built
// on a machine that has nothing but this binary and Go. Package scaffold/bundle
// writes it into job repos.
package spaas

import "embed"

// Source is the source of what a job links, as it lies in this module: the
// runtime and the packages below it that it needs. It also holds their tests,
// because a pattern of embed cannot leave files out.
//
//go:embed LICENSE runtime pkg/blob pkg/config pkg/fault pkg/jobapi pkg/version
var Source embed.FS
