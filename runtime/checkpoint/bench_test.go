package checkpoint

import (
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/blob"
)

// One checkpoint of a job with one small file of state, on a folder: the file,
// the manifest and the record are synced one after the other.
func BenchmarkCheckpoint(b *testing.B) {
	j := newJob(blob.NewFolder(b.TempDir()), newFakeSink(), func(o *Options) { o.Keep = Keep{All: time.Minute} })
	if err := j.start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := j.Savepoint(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.end(); err != nil {
		b.Fatal(err)
	}
}

// A start beside 360 checkpoints that are kept, as after six hours of one a minute.
func BenchmarkStart(b *testing.B) {
	store, sink := blob.NewFolder(b.TempDir()), newFakeSink()
	j := newJob(store, sink)
	if err := j.start(b.Context()); err != nil {
		b.Fatal(err)
	}
	for range 360 {
		if _, err := j.Savepoint(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.end(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		j := newJob(store, sink)
		if err := j.start(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := j.end(); err != nil {
			b.Fatal(err)
		}
	}
}
