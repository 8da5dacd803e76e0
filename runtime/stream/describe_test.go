package stream_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spaas/spaas/runtime/stream"
)

var update = flag.Bool("update", false, "write the goldens")

// golden compares a text with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

// described is a graph with a bit of everything.
func described(g *stream.Graph) error {
	requests := stream.From[request](g, "requests").
		EventTime(at, stream.Property(g, "disorder", 5*time.Second))
	failed := requests.Filter(func(r request) bool { return r.Status >= 500 }).Named("failed")
	byStatus := stream.KeyBy(failed, func(r request) int { return r.Status })
	perHour := byStatus.Window(stream.Tumble(stream.Property(g, "window", time.Hour)))
	counts := stream.Reduce(perHour, "failed-per-status", count)
	counts.To("counts")
	counts.To("archive")
	stream.Map(requests, func(r request) string { return r.Path }).To("paths")
	return nil
}

func program(t *testing.T, build func(*stream.Graph) error) *stream.Program {
	t.Helper()
	p, err := stream.NewProgram(build, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The description is read by other programs: its fields are only ever added.
func TestDescribe(t *testing.T) {
	d := program(t, described).Describe()
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "describe.json", append(data, '\n'))
	golden(t, "describe.txt", []byte(d.String()))
}

// The fingerprint changes with what is done and not with where it stands.
func TestFingerprint(t *testing.T) {
	of := func(build func(*stream.Graph) error) string { return program(t, build).Describe().Fingerprint }
	copies := func(g *stream.Graph) error {
		stream.From[request](g, "in").To("out")
		return nil
	}
	moved := func(g *stream.Graph) error {
		in := stream.From[request](g, "in")

		in.To("out")
		return nil
	}
	if of(copies) != of(moved) {
		t.Error("moved lines change the fingerprint")
	}
	for name, other := range map[string]func(*stream.Graph) error{
		"name": func(g *stream.Graph) error { stream.From[request](g, "other").To("out"); return nil },
		"type": func(g *stream.Graph) error { stream.From[string](g, "in").To("out"); return nil },
		"operator": func(g *stream.Graph) error {
			stream.From[request](g, "in").Filter(func(request) bool { return true }).To("out")
			return nil
		},
	} {
		if of(copies) == of(other) {
			t.Errorf("another %s has the same fingerprint", name)
		}
	}
}
