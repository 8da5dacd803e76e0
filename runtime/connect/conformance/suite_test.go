package conformance

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/runtime/connect"
)

// breakEnv tells a process of this test which thing its connectors do wrong.
const breakEnv = "SPAAS_CONFORMANCE_BREAK"

// TestReference runs the suite on connectors that do all right.
func TestReference(t *testing.T) {
	b := broken(os.Getenv(breakEnv))
	if b != "" {
		patience = 500 * time.Millisecond
	}
	for name, bounded := range map[string]bool{"bounded": true, "unbounded": false} {
		t.Run(name, func(t *testing.T) {
			TestSource(t, func(t *testing.T) Source {
				records := map[string][]string{"a": {"1", "2", "3", "4", "5"}, "b": {}, "c": {"6", "7", "8"}}
				m := &memory{broken: b, bounded: bounded, splits: map[string][]string{}, version: map[string]int{}, grown: make(chan struct{})}
				for id, values := range records {
					m.append(id, values...)
				}
				in := Source{
					New:     func() (connect.Source, error) { return m, nil },
					Records: records,
					Change:  func(split string) { m.version[split]++ },
				}
				if !bounded {
					in.Append = func(split, value string) { m.append(split, value) }
					in.AddSplit = func(values ...string) string { m.append("d", values...); return "d" }
				}
				return in
			})
		})
	}
	t.Run("sink", func(t *testing.T) {
		TestSink(t, func(t *testing.T) Sink {
			s := &store{broken: b, staged: map[string][]string{}}
			return Sink{New: func() (connect.Sink, error) { return s, nil }, Visible: func() []string { return s.visible }}
		})
	})
}

// TestSuiteCatches breaks the reference connectors in one way after the other,
// and sees the part of the suite fail that is about it.
func TestSuiteCatches(t *testing.T) {
	if os.Getenv(breakEnv) != "" {
		t.Skip("this is one of its processes")
	}
	for broken, part := range map[string]string{
		"forgets a split":                 "bounded/discover",
		"leaks a goroutine":               "bounded/everything in order",
		"reads another input":             "bounded/an input that is another one",
		"calls it curable":                "bounded/an input that is another one",
		"resumes too late":                "unbounded/resume at every position",
		"resumes too early":               "unbounded/resume at every position",
		"reads an ended split":            "bounded/a split that has ended",
		"ignores limits":                  "bounded/limits",
		"loses a record when interrupted": "unbounded/an interrupted poll",
		"does not hear its context":       "unbounded/an interrupted poll",
		"does not hear Close":             "unbounded/close while a poll blocks",
		"never ends":                      "bounded/everything in order",
		"idle too early":                  "unbounded/idle only at the end",
		"says a wrong position":           "bounded/everything in order",
		"mixes up splits":                 "bounded/everything in order",
		"reuses bytes":                    "bounded/bytes are never reused",
		"leaves room behind a record":     "bounded/bytes are never reused",

		"publishes what it recovers":       "sink/a crash after the pre-commit",
		"forgets what it has to keep":      "sink/a decided checkpoint survives a crash",
		"aborts what is not older":         "sink/a recovery that comes late",
		"commits what others made":         "sink/committables of others",
		"commits twice":                    "sink/commit is idempotent",
		"keeps bytes":                      "sink/bytes are not kept",
		"shows what is not committed":      "sink/a crash after the pre-commit",
		"loses a record":                   "sink/pre-committed is safe",
		"names collide":                    "sink/generations do not collide",
		"does not say whose it is":         "sink/pre-committed is safe",
		"writes when it is closed":         "sink/pre-committed is safe",
		"pre-commits nothing as something": "sink/nothing to pre-commit",
	} {
		t.Run(broken, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.v", "-test.run", "^TestReference$/"+pattern(part))
			cmd.Env = append(os.Environ(), breakEnv+"="+broken)
			out, err := cmd.CombinedOutput()
			failed := "--- FAIL: TestReference/" + strings.ReplaceAll(part, " ", "_")
			if err == nil || !strings.Contains(string(out), failed) {
				t.Errorf("connectors that are broken (%q) pass %s: %v\n%s", broken, part, err, out)
			}
		})
	}
}

// pattern selects one part of the suite.
func pattern(part string) string {
	steps := strings.Split(strings.ReplaceAll(part, " ", "_"), "/")
	for i := range steps {
		steps[i] = "^" + steps[i] + "$"
	}
	return strings.Join(steps, "/")
}
