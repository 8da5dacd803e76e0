package config

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// BenchmarkLoad reads the job of the design with all its layers: what every
// start of a job and every verb pays.
func BenchmarkLoad(b *testing.B) {
	archive, err := txtar.ParseFile("testdata/load/golden.txtar")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for _, f := range archive.Files {
		write(b, filepath.Join(dir, f.Name), string(f.Data))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(Options{Dir: dir, Env: "prod", Platform: "platform.yaml"}); err != nil {
			b.Fatal(err)
		}
	}
}
