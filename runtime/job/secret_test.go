package job

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/spaas/spaas/pkg/jobapi"
)

// secret is looked for in everything that a job prints, serves and stores.
const secret = `s3cr3t/with "quotes" & <tags>`

const secretConfig = `
version: 1
job: whisper
namespace: test
sources:
  in: {connector: kafka, kafka: {cluster: guarded, topic: clicks, format: json}}
sinks:
  out: {connector: blackhole}
checkpoint: {every: 100ms}
`

const secretPlatform = `
version: 1
kafka:
  guarded:
    brokers: ["BROKER"]
    sasl: {mechanism: PLAIN, username: ana, password: "${env:KAFKA_PASSWORD}"}
`

func TestSecretsAreNeverSeen(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "clicks"), kfake.EnableSASL(), kfake.Superuser("PLAIN", "ana", secret))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	platform := strings.ReplaceAll(secretPlatform, "BROKER", cluster.ListenAddrs()[0])

	for name, password := range map[string]string{"right": secret, "wrong": secret + "!"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KAFKA_PASSWORD", password)
			dir := files(t, map[string]string{"spaas.yaml": secretConfig, "platform.yaml": platform})
			p := startJob(t, "pass", dir, "--platform", "platform.yaml")
			var seen strings.Builder
			look := func() {
				s, ok := p.live()
				if !ok {
					return
				}
				for _, path := range []string{pathHealth, pathReady, pathMetrics, pathJob} {
					if _, body, err := get("http://" + s.Listen + path); err == nil {
						seen.Write(body)
					}
				}
			}
			eventually(t, "it runs or has failed", func() bool {
				look()
				s, ok := p.last()
				return ok && (s.State == jobapi.Failed || s.Checkpoints.Completed > 0)
			})
			look()
			if s, _ := p.last(); (s.State == jobapi.Failed) != (name == "wrong") {
				t.Errorf("it is %s: %s", s.State, s.Reason)
			}
			select {
			case <-p.ended: // a broker that hangs up may be one that comes back
			default:
				p.signal(sigTerm)
			}
			p.exitCode()
			seen.WriteString(p.out.String() + p.err.String())
			status, err := os.ReadFile(p.status)
			if err != nil {
				t.Fatal(err)
			}
			seen.Write(status)
			err = filepath.WalkDir(filepath.Join(dir, ".spaas"), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				data, err := os.ReadFile(path)
				seen.Write(data)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(seen.String(), "whisper") {
				t.Fatal("the test looks at nothing")
			}
			if strings.Contains(seen.String(), "s3cr3t") {
				t.Errorf("the secret is in:\n%s", seen.String())
			}
		})
	}
}

// A reference that cannot be resolved is refused at start, with its place.
func TestSecretsThatAreNotThere(t *testing.T) {
	for reference, says := range map[string]string{
		"${env:NO_SUCH_VARIABLE}":              "NO_SUCH_VARIABLE",
		"${file:missing.txt}":                  "missing.txt",
		"${nomad:nomad/jobs/whisper#password}": "Nomad",
	} {
		platform := strings.NewReplacer("BROKER", "127.0.0.1:1", "${env:KAFKA_PASSWORD}", reference).Replace(secretPlatform)
		dir := files(t, map[string]string{"spaas.yaml": secretConfig, "platform.yaml": platform})
		p := startJob(t, "pass", dir, "--platform", "platform.yaml", "--on-fault", "exit")
		if code := p.exitCode(); code != 2 || !strings.Contains(p.err.String(), says) {
			t.Errorf("%s: exit code %d; the log:\n%s", reference, code, p.err)
		}
	}
}
