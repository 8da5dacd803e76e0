package config

import (
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/fault"
)

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/token", "s3cr3t\r\n")
	write(t, dir+"/empty", "\n")
	write(t, dir+"/large", strings.Repeat("s3cr3t", maxSecret/6+1))
	env := map[string]string{"PASSWORD": "hunter2", "NOTHING": "", "BRACES": "${env:PASSWORD}"}
	var seen []string
	s := NewSecrets(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, dir, func(secret string) { seen = append(seen, secret) })
	for text, want := range map[string]string{
		"plain":                              "plain",
		"${env:PASSWORD}":                    "hunter2",
		"a ${env:PASSWORD}b${file:token} c":  "a hunter2bs3cr3t c",
		"${env:PASSWORD}${env:PASSWORD}":     "hunter2hunter2",
		"${file:" + dir + "/token}":          "s3cr3t",
		"${env:BRACES} ${env:PASSWORD} $ {}": "${env:PASSWORD} hunter2 $ {}", // what a secret holds is no reference
	} {
		if got, err := s.Resolve(text); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
	if all := strings.Join(seen, " "); !strings.Contains(all, "hunter2") || !strings.Contains(all, "s3cr3t") {
		t.Errorf("observed: %v", seen)
	}
	for text, want := range map[string]string{
		"${env:MISSING}":             "the reference ${env:MISSING} cannot be resolved: there is no such environment variable (set MISSING for this process)",
		"${env:PASSWORD}${env:NONE}": "the reference ${env:NONE} cannot be resolved: there is no such environment variable (set NONE for this process)",
		"${env:NOTHING}":             "the reference ${env:NOTHING} cannot be resolved: it stands for nothing",
		"${file:missing.txt}":        "the reference ${file:missing.txt} cannot be resolved: no such file or directory (write the secret into that file)",
		"${file:empty}":              "the reference ${file:empty} cannot be resolved: it stands for nothing",
		"${file:large}":              "the reference ${file:large} cannot be resolved: it is larger than a secret is (write the secret into that file)",
		"${nomad:nomad/jobs#key}":    "the reference ${nomad:nomad/jobs#key} cannot be resolved: it names a Nomad variable, and this process is no Nomad task (use ${env:NAME} or ${file:path} here, for example in a platform document of your own)",
		"${evn:X}":                   `a reference is of an unknown kind (did you mean "env"?)`,
		"${env:X":                    "a reference has no } (write ${env:NAME}, ${file:path} or ${nomad:path#key})",
	} {
		got, err := s.Resolve(text)
		if err == nil || err.Error() != want || got != "" || !fault.Incurable(err) {
			t.Errorf("%s: %q, incurable %v: %v", text, got, fault.Incurable(err), err)
		}
	}
}

func TestReferences(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/spaas.yaml", `version: 1
job: clicks
properties: {key: "${env:KEY}"}
sources:
  a: {connector: kafka, kafka: {cluster: prod, topic: t}}
  b: {connector: file, file: {path: p}, kafka: {cluster: unused, topic: t}}
sinks:
  c: {connector: kafka, kafka: {cluster: prod, topic: u}}
`)
	write(t, dir+"/platform.yaml", `version: 1
kafka:
  prod: {brokers: [k:1], tls: {ca: "${file:ca.pem}", cert: c.pem, key: "${env:KEY_PEM}"}, sasl: {mechanism: PLAIN, username: ana, password: "${nomad:nomad/jobs#p}"}}
  unused: {brokers: [k:1], sasl: {mechanism: PLAIN, username: u, password: "${nomad:other#p}"}}
`)
	l, err := Load(Options{Dir: dir, Platform: "platform.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ref := range l.References() {
		got = append(got, ref.Where+" "+ref.Path+" "+ref.String())
	}
	want := `spaas.yaml:3:19 properties.key ${env:KEY}
platform.yaml:3:36 kafka.prod.tls.ca ${file:ca.pem}
platform.yaml:3:72 kafka.prod.tls.key ${env:KEY_PEM}
platform.yaml:3:141 kafka.prod.sasl.password ${nomad:nomad/jobs#p}`
	if all := strings.Join(got, "\n"); all != want {
		t.Errorf("got:\n%s", all)
	}
	for target, want := range map[Target]string{
		OffNomad: "platform.yaml:3:141: kafka.prod.sasl.password: ${nomad:nomad/jobs#p} is a Nomad variable, which only a Nomad task can read (off Nomad, give a platform document with ${env:NAME} or ${file:path})",
		OnNomad: "spaas.yaml:3:19: properties.key: ${env:KEY} is an environment variable, and a Nomad task has none of yours (keep it in a Nomad variable: ${nomad:nomad/jobs#key})\n" +
			"platform.yaml:3:72: kafka.prod.tls.key: ${env:KEY_PEM} is an environment variable, and a Nomad task has none of yours (keep it in a Nomad variable: ${nomad:nomad/jobs#key_pem})",
	} {
		if err := l.Unresolvable(target); err == nil || err.Error() != want {
			t.Errorf("%v: %v", target, err)
		}
	}
}
