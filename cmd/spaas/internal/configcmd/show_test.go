package configcmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
)

const job = `version: 1
job: clicks
properties: {note: "two\nlines", empty: ""}
sources:
  clicks: {connector: generator, generator: {rate: 10/s}}
sinks:
  counts: {connector: stdout}
  gone: {connector: blackhole}
alerts: {lag: 10m}
`

var today = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func load(t *testing.T, o config.Options) *config.Loaded {
	t.Helper()
	o.Dir, o.Now = t.TempDir(), today
	if err := os.WriteFile(filepath.Join(o.Dir, "spaas.yaml"), []byte(job), 0o644); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// What an operator overrides for a while stands out, with who, why and until
// when; and what has ended is said.
func TestShowLiveOverrides(t *testing.T) {
	loaded := load(t, config.Options{
		Live: []config.Live{
			{Key: "alerts.lag", Value: "30m", Who: "ana", Why: "INC-412", Until: today.Add(36 * time.Hour)},
			{Key: "alerts.rejects", Value: "1/s", Who: "bob", Why: "INC-400", Until: today.Add(-time.Hour)},
			{Key: "sinks.gone", Value: "null", Who: "eve"},
		},
		Set: []string{"resources.cpu=500"},
	})
	tty, out, errs := term.Fake()
	got := showTable(tty, loaded, false)
	want := `clicks · namespace default

Name              Template Value          Override  Effective  From
SOURCE clicks
  connector       generator               -         generator  spaas.yaml:5
  generator.rate  10/s                    -         10/s       spaas.yaml:5
SINK counts
  connector       stdout                  -         stdout     spaas.yaml:7
SINK gone
! (unset)         {connector: blackhole}  null      -          live: eve
JOB
* resources.cpu   -                       500       500        --set
! alerts.lag      10m                     30m       30m        live: ana, INC-412, until 22 Nov 00:00Z
35 keys more are as in the template or have their default (--all).  * by --set, in no file  ! live override, not in git
`
	if got != want {
		t.Errorf("got:\n%s", got)
	}
	if all := showTable(tty, loaded, true); !strings.Contains(all, `two\nlines`) || !strings.Contains(all, `properties.empty`) || strings.Contains(all, "--all") {
		t.Errorf("all:\n%s", all)
	}
	noteExpired(tty, loaded)
	if got := errs.String(); got != "alerts.rejects: the live override 1/s by bob, INC-400 ended on 20 Nov 11:00Z and is not in force\n" {
		t.Errorf("ended: %s", got)
	}
	if out.String() != "" {
		t.Errorf("a result: %s", out)
	}
	doc := showDocument(loaded)
	if doc.API != cli.API || len(doc.Ended) != 1 || doc.Ended[0].Who != "bob" {
		t.Errorf("%+v", doc)
	}
	for _, k := range doc.Keys {
		if k.Path == "sinks.gone" && (k.Effective != nil || *k.Override != "null" || k.Layer != config.LayerLive) {
			t.Errorf("%+v", k)
		}
		if k.Path == "properties.empty" && (k.Effective == nil || *k.Effective != "") {
			t.Errorf("%+v", k)
		}
	}
}

// On a terminal no line is longer than it is wide.
func TestShowOnANarrowTerminal(t *testing.T) {
	tty, _, _ := term.Fake(term.AsTTY(60, 24), term.WithColor())
	for line := range strings.Lines(showTable(tty, load(t, config.Options{}), true)) {
		if strings.Contains(line, "keys more") {
			continue
		}
		if n := len([]rune(strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[33m", "", "\x1b[0m", "", "\n", "").Replace(line))); n > 60 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}
