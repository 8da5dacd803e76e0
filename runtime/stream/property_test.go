package stream_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/stream"
)

// size is a type of a job's own that reads itself from text.
type size int64

func (s *size) UnmarshalText(text []byte) error {
	if string(text) != "big" {
		return errors.New("a size is big")
	}
	*s = 1 << 30
	return nil
}

func (s size) MarshalText() ([]byte, error) { return []byte("big"), nil }

type color string

// properties asks for one of each kind.
func properties(g *stream.Graph) (all []any) {
	return append(all,
		stream.Property(g, "window", time.Hour),
		stream.Property(g, "name", "none"),
		stream.Property(g, "color", color("red")),
		stream.Property(g, "on", true),
		stream.Property(g, "limit", 10),
		stream.Property(g, "share", 0.5),
		stream.Property(g, "port", uint16(80)),
		stream.Property(g, "size", size(1<<30)),
	)
}

func TestProperty(t *testing.T) {
	var got []any
	build := func(g *stream.Graph) error {
		got = properties(g)
		stream.From[request](g, "in").To("out")
		return nil
	}
	p, err := stream.NewProgram(build, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []any{time.Hour, "none", color("red"), true, 10, 0.5, uint16(80), size(1 << 30)})
	var described []string
	for _, d := range p.Describe().Properties {
		described = append(described, d.Name+" "+d.Type+" "+d.Default)
	}
	equal(t, described, []string{
		"window time.Duration 1h", "name string none", "color stream_test.color red", "on bool true",
		"limit int 10", "share float64 0.5", "port uint16 80", "size stream_test.size big",
	})

	if _, err = stream.NewProgram(build, stream.Options{Properties: map[string]string{
		"window": "1d12h", "name": "", "color": "blue", "on": "false", "limit": "-3", "share": "1e-3", "port": "8080", "size": "big",
	}}); err != nil {
		t.Fatal(err)
	}
	equal(t, got, []any{36 * time.Hour, "", color("blue"), false, -3, 0.001, uint16(8080), size(1 << 30)})
}

// What is no value, what nobody asks for, and what is asked for twice, is
// reported together.
func TestPropertyFaults(t *testing.T) {
	_, err := stream.NewProgram(func(g *stream.Graph) error {
		properties(g)
		stream.Property(g, "limit", 10)
		stream.Property(g, "limit", 11)
		stream.Property(g, "", 11)
		stream.From[request](g, "in").To("out")
		return nil
	}, stream.Options{Properties: map[string]string{
		"window": "an hour", "on": "perhaps", "limit": "1.5", "share": "half", "port": "70000", "size": "small",
		"nmae": "x", "zebra": "x",
	}})
	want := []string{
		`property "window" is "an hour", which is no time.Duration: .*starts with no number.*properties.window`,
		`property "on" is "perhaps", which is no bool: invalid syntax`,
		`property "limit" is "1.5", which is no int: invalid syntax`,
		`property "share" is "half", which is no float64: invalid syntax`,
		`property "port" is "70000", which is no uint16: value out of range`,
		`property "size" is "small", which is no stream_test.size: a size is big`,
		`property "limit" is int, default 11, here and int, default 10, at stream/property_test.go:\d+`,
		`a property has no name`,
		`properties.nmae: the config has property "nmae", which no code asks for \(did you mean "name"\?\)`,
		`properties.zebra: the config has property "zebra".*\["window" "name"`,
	}
	faults, _ := errors.AsType[fault.List](err)
	for i, f := range faults {
		if i >= len(want) || !regexp.MustCompile(want[i]).MatchString(f.Error()) || !strings.Contains(f.Error(), "propert") {
			t.Errorf("fault %d: %v", i, f)
		}
	}
	if len(faults) != len(want) {
		t.Errorf("%d faults, want %d", len(faults), len(want))
	}
}

func equal[T comparable](t *testing.T, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%d: got %v, want %v", i, got[i], want[i])
		}
	}
}
