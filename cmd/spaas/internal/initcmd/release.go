package initcmd

import (
	"crypto/sha256"
	"encoding/hex"
	"os"

	"github.com/spaas/spaas/pkg/version"
	"github.com/spaas/spaas/scaffold"
	"github.com/spaas/spaas/scaffold/bundle"
)

// releases is where the binaries of a release are.
const releases = "https://github.com/spaas/spaas/releases/download/v"

// release is where this spaas can be had, for the machines of CI: linux/amd64. A
// release knows its own sum where it is that binary; one for another platform,
// or made by go install, leaves it to be filled in.
func release(spaas version.Info) scaffold.Release {
	if !bundle.Released(spaas.Version) {
		return scaffold.Release{}
	}
	r := scaffold.Release{URL: releases + spaas.Version + "/spaas-linux-amd64"}
	released := version.Version != "" // by the linker, which go install does not tell
	if !released || spaas.OS != "linux" || spaas.Arch != "amd64" {
		return r
	}
	path, err := os.Executable()
	if err != nil {
		return r
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return r
	}
	sum := sha256.Sum256(data)
	r.SHA256 = hex.EncodeToString(sum[:])
	return r
}
