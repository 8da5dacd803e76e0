package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spaas/spaas/pkg/fault"
)

var update = flag.Bool("update", false, "write what the tests got into testdata")

// today is when the tests run.
var today = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// TestLoad loads the documents of each archive in testdata/load. The lines of
// its comment are options; its file `want` is what came of it: the faults, or
// every key that some layer says something about.
func TestLoad(t *testing.T) {
	archives, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			want := -1
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				write(t, filepath.Join(dir, f.Name), string(f.Data))
			}
			o := options(t, string(archive.Comment))
			o.Dir, o.Now = dir, today
			got := describe(Load(o))
			if strings.Contains(got, "hunter2") {
				t.Errorf("a password is repeated:\n%s", got)
			}
			if *update {
				if want < 0 {
					archive.Files = append(archive.Files, txtar.File{Name: "want"})
					want = len(archive.Files) - 1
				}
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 || string(archive.Files[want].Data) != got {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

func write(t testing.TB, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// options reads lines like `env prod`, `set a=b`, `live ana|INC-412|2026-11-24|alerts.lag|30m`;
// other lines are prose.
func options(t *testing.T, comment string) (o Options) {
	for line := range strings.Lines(comment) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "env":
			o.Env = rest
		case "platform":
			o.Platform = rest
		case "later":
			o.PlatformLater = true
		case "set":
			o.Set = append(o.Set, rest)
		case "live":
			parts := strings.Split(rest, "|")
			until, err := time.Parse(time.RFC3339, parts[2])
			if err != nil {
				until, err = time.Parse(time.DateOnly, parts[2])
			}
			if err != nil {
				t.Fatal(err)
			}
			o.Live = append(o.Live, Live{Who: parts[0], Why: parts[1], Until: until, Key: parts[3], Value: parts[4]})
		}
	}
	return o
}

// describe renders what came of a Load.
func describe(l *Loaded, err error) string {
	var b strings.Builder
	if err != nil {
		list, ok := err.(fault.List)
		if !ok {
			return fmt.Sprintf("not a list of faults: %v\n", err)
		}
		for _, one := range list {
			if !fault.Incurable(one) {
				fmt.Fprint(&b, "curable? ")
			}
			fmt.Fprintln(&b, one)
		}
		return b.String()
	}
	fmt.Fprintf(&b, "%s in %s, context %q\n", l.Job.Job, l.Job.Namespace, l.Context)
	for _, k := range l.Keys {
		if !k.HasTemplate && !k.HasOverride && k.Layer != LayerPlatform {
			continue
		}
		template, override := "-", "-"
		if k.HasTemplate {
			template = k.Template
		}
		if k.HasOverride {
			override = k.Override
		}
		fmt.Fprintf(&b, "%s: %s | %s | %s | %s\n", k.Path, template, override, k.Effective, k.From)
	}
	for _, live := range l.Expired {
		fmt.Fprintf(&b, "ended: %s by %s\n", live.Key, live.Who)
	}
	return b.String()
}
