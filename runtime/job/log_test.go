package job

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

func TestCensor(t *testing.T) {
	const secret = `p<ss"w\rd`
	for _, format := range []logFormat{logJSON, logText} {
		var out strings.Builder
		var c censor
		log := newLog(format, c.writer(&out))
		log.Info("before", "pw", secret)
		if !strings.Contains(out.String(), `rd`) {
			t.Fatalf("the test does not print the secret: %s", &out)
		}
		out.Reset()
		c.add(secret)
		c.add("p<ss") // the beginning of the other
		c.add("a")    // too short to be hidden
		log.Error("refused: "+secret, "error", errors.New("sasl: user ana, password "+secret))
		if strings.Contains(out.String(), "p<ss") || strings.Contains(out.String(), `w\rd`) || strings.Count(out.String(), hidden) != 2 || !strings.Contains(out.String(), "ana") {
			t.Errorf("%s: %s", format, &out)
		}
		if format == logJSON && !json.Valid([]byte(out.String())) {
			t.Errorf("no JSON any more: %s", &out)
		}
	}
}

func TestReportFailure(t *testing.T) {
	err := fault.List{
		&fault.Error{Where: "spaas.yaml:3:5", What: `unknown connector "kafak"`, Do: `did you mean "kafka"?`},
		errors.New("operator no-bots panicked\ngoroutine 1"),
	}
	var text, machine strings.Builder
	reporter{log: newLog(logText, &text), format: logText, out: &text}.failure(err, "it stays up")
	want := `error: spaas.yaml:3:5: unknown connector "kafak" (did you mean "kafka"?)
       operator no-bots panicked
       goroutine 1
       it stays up
`
	if text.String() != want {
		t.Errorf("got:\n%swant:\n%s", &text, want)
	}
	reporter{log: newLog(logJSON, &machine), format: logJSON, out: &machine}.failure(err, "")
	var record struct {
		Level  string
		Faults []string
	}
	if err := json.Unmarshal([]byte(machine.String()), &record); err != nil || record.Level != "ERROR" || len(record.Faults) != 2 {
		t.Errorf("%v: %s", err, &machine)
	}
}

func TestReportSummary(t *testing.T) {
	var out strings.Builder
	r := reporter{log: newLog(logJSON, &out)}
	b := busyBoard()
	b.enter(jobapi.Stopped, "told to stop by SIGTERM")
	r.summary(b.status())
	for _, want := range []string{`"msg":"stopped"`, `"in":1010`, `"out":12`, `"late":5`, `"bad":2`, `"checkpoints":8`, `"last_checkpoint":9`, `"reason":"told to stop by SIGTERM"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, &out)
		}
	}
}
