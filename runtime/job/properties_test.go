package job

import (
	"maps"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/config"
)

// References in properties are resolved for the code, and the censor knows what
// came of them; one that stands for nothing is refused where it is written.
func TestPropertiesAreResolved(t *testing.T) {
	dir := files(t, map[string]string{"spaas.yaml": `version: 1
job: whisper
properties:
  window: 1m
  token: "Bearer ${env:TOKEN}"
  missing: ${env:NO_SUCH_VARIABLE}
`})
	loaded, err := config.Load(config.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	p := &process{host: host{env: func(name string) (string, bool) { return secret, name == "TOKEN" }}, censor: &censor{}}
	got, faults := p.properties(loaded)
	if want := map[string]string{"window": "1m", "token": "Bearer " + secret}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if text := faults.Error(); len(faults) != 1 || !strings.HasPrefix(text, "spaas.yaml:6:12: properties.missing: ") || !strings.Contains(text, "NO_SUCH_VARIABLE") {
		t.Errorf("faults: %v", faults)
	}
	if seen := p.censor.clean("the token is " + secret); strings.Contains(seen, secret) {
		t.Errorf("the censor lets through: %s", seen)
	}
	if loaded.Job.Properties["token"] != "Bearer ${env:TOKEN}" {
		t.Error("the config itself was changed")
	}
}
