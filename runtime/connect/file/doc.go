// Package file is the connector for files of lines.
//
// As a source it reads a file, the files of a folder or those of a glob, once,
// in the order of their names: JSON lines, CSV with a header, or plain lines,
// plain or compressed (gz, zstd). Each file is a split; a position in it is a
// byte of what the file holds uncompressed, so a job resumes exactly where it
// was. A file that is another one by then is refused.
//
// As a sink it writes part files into a folder, exactly once. A part is written
// under a hidden name, is complete and synced at the pre-commit, and gets its own
// name when the checkpoint is decided: whatever happens, a reader of the folder
// sees whole records in whole files, each record in one of them. Parts are named
// SINK-gGENERATION-sSUBTASK-NUMBER with the extension of the format; they end at
// each checkpoint, and before that when they reach their size. Whoever reads the
// folder may take parts away.
package file

import (
	"path/filepath"

	"github.com/spaas/spaas/runtime/connect"
)

// Connector is the connector "file".
func Connector() connect.Connector {
	return connect.Connector{
		Name:   "file",
		Doc:    "Reads files of lines once, and writes part files into a folder.",
		Source: newSource,
		Sink:   newSink,
	}
}

// resolve is a path of the config, from the folder of the job.
func resolve(env connect.Env, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(env.Dir, path)
}
