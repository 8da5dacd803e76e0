package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/config"
)

// load loads the config of a plan as it would lie in its folder.
func load(t rapid.TB, dir string, p *Plan, env string) (*config.Loaded, error) {
	t.Helper()
	for _, f := range p.Files {
		if !strings.HasSuffix(f.Path, ".yaml") {
			continue
		}
		name := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(config.Options{Dir: dir, Env: env, PlatformLater: true, Now: maker.Now})
}

func TestConfigOfEveryCombinationLoads(t *testing.T) {
	dir := t.TempDir()
	combinations(func(a Answers) {
		if a.CI != "none" {
			return // it has no part in the config
		}
		plan, err := NewPlan(filepath.Join(dir, "new"), a.WithDefaults(dir, maker), maker)
		if err != nil {
			t.Fatal(err)
		}
		for _, env := range []string{"", "staging", "prod"} {
			loaded, err := load(t, dir, plan, env)
			if err != nil {
				t.Errorf("%+v in %q: %v", a, env, err)
				continue
			}
			for _, source := range loaded.Job.Sources {
				if source.Connector != a.Source || source.Kafka != nil && env != "" && source.Kafka.Cluster != "kafka-"+env {
					t.Errorf("%+v in %q: the source is %+v", a, env, source)
				}
			}
		}
	})
}

// Whatever names are accepted, the config says them as they were meant.
func TestNamesInConfig(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		a := Answers{
			Template:  "windowed",
			Job:       rapid.StringMatching(`[a-z][a-z0-9-]{0,9}|yes|no|on|off|y|n|e1`).Draw(t, "job"),
			Owner:     rapid.StringMatching(`[-A-Za-z0-9.!#$%&'*+/=?^_{|}~]{1,5}@[a-z]{1,5}`).Draw(t, "owner"),
			Namespace: rapid.StringMatching(`[A-Za-z0-9-]{1,5}|true|null|1e3|0x1|012|-`).Draw(t, "namespace"),
			Module:    "clicks",
		}
		plan, err := NewPlan(filepath.Join(dir, "new"), a.WithDefaults(dir, maker), maker)
		if err != nil {
			t.Skip(err.Error())
		}
		loaded, err := load(t, dir, plan, "")
		if err != nil {
			t.Fatal(err)
		}
		if j := loaded.Job; j.Job != a.Job || j.Owner != a.Owner || j.Namespace != a.Namespace {
			t.Fatalf("got %q %q %q", j.Job, j.Owner, j.Namespace)
		}
	})
}
