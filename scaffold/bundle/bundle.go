// Package bundle writes the runtime that this spaas bundles into a job's repo,
// so that the repo builds although no proxy knows our module.
//
// One rule says which runtime a job is linked with: its go.mod. Where that
// replaces github.com/spaas/spaas by ./.spaas/runtime, the folder holds the
// runtime of whichever spaas touched the repo last; it is ignored by git and
// refilled by any verb ([Refill]). Where it does not, the go command resolves the
// module as it does any other, and this package does nothing. `spaas init` writes
// the replacement when it is not a released spaas itself ([Released]).
package bundle

import (
	"cmp"
	_ "embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/spaas/spaas"
)

// The go.mod and go.sum of the bundled runtime: those of this module, less what
// only the CLI and tests need. A test keeps them so; `make bundle` writes them.
var (
	//go:embed runtime.mod
	goMod []byte
	//go:embed runtime.sum
	goSum []byte
)

// File is one file of the bundled runtime.
type File struct {
	Path string // below .spaas/runtime, with slashes
	Data []byte // not to be changed
}

// Files is the bundled runtime, sorted by path: a module of its own that holds
// nothing but what jobs and their tests import.
var Files = sync.OnceValue(func() []File {
	files := []File{{"go.mod", goMod}, {"go.sum", goSum}}
	err := fs.WalkDir(spaas.Source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if noPartOfAJob(name) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, err := spaas.Source.ReadFile(name)
		files = append(files, File{name, data})
		return err
	})
	if err != nil {
		panic(err) // an embedded file cannot fail to be read
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files
})

// noPartOfAJob says that a folder holds nothing that a job or its tests import.
func noPartOfAJob(dir string) bool {
	return path.Base(dir) == "testdata" || dir == "runtime/connect/conformance"
}

// Released says that a version of spaas can be resolved by the go command: it is
// a tagged one ("0.3.1"), not "dev" nor the pseudo-version of a clone.
func Released(version string) bool {
	v := "v" + version
	return semver.IsValid(v) && semver.Build(v) == "" && !module.IsPseudoVersion(v)
}
