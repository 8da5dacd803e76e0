package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

const password = "s3cr3t"

// brief is the patience with a cluster that will not let us in.
const brief = 300 * time.Millisecond

// guarded is what connectors are given for a cluster of the platform document.
func guarded(dir string, cluster config.KafkaCluster, variables map[string]string) connect.Env {
	e := env("in")
	e.Dir = dir
	e.Platform = &config.Platform{Kafka: map[string]config.KafkaCluster{"guarded": cluster}}
	e.Secrets = config.NewSecrets(func(name string) (string, bool) { v, ok := variables[name]; return v, ok }, dir, func(string) {})
	return e
}

// reach asks a cluster for a topic.
func (x *fixture) reach(e connect.Env, patience time.Duration) error {
	x.Helper()
	s, err := newSource(connect.SourceConfig{Env: e, Source: config.Source{Kafka: &config.KafkaSource{Cluster: "guarded", Topic: "clicks"}}})
	if err != nil {
		x.Fatal(err)
	}
	s.(*source).cluster.patience = patience
	_, err = s.Discover(x.soon(), connect.FirstStart)
	return err
}

func TestLogin(t *testing.T) {
	for mechanism := range mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			x, _ := fake(t, kfake.SeedTopics(1, "clicks"), kfake.EnableSASL(), kfake.Superuser(mechanism, "ana", password))
			login := func(patience time.Duration, password string) error {
				return x.reach(guarded("", config.KafkaCluster{
					Brokers: x.brokers, SASL: &config.SASL{Mechanism: mechanism, Username: "ana", Password: "${env:PASSWORD}"},
				}, map[string]string{"PASSWORD": password}), patience)
			}
			if err := login(deadline, password); err != nil {
				t.Error(err)
			}
			// The fake hangs up on a wrong password; a real broker says so (real_test.go).
			err := login(brief, password+"!")
			x.refused(err, false, `Kafka cluster "guarded" cannot be reached`, "SASL")
			if strings.Contains(err.Error(), password) {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestLoginMissing(t *testing.T) {
	t.Parallel()
	x, _ := fake(t, kfake.SeedTopics(1, "clicks"), kfake.EnableSASL(), kfake.Superuser("PLAIN", "ana", password))
	err := x.reach(guarded("", config.KafkaCluster{Brokers: x.brokers}, nil), brief)
	x.refused(err, false, `Kafka cluster "guarded" cannot be reached`, x.brokers[0], "SASL")
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authority := newAuthority(t, dir)
	x, _ := fake(t, kfake.SeedTopics(1, "clicks"), kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{authority.sign(t, dir, "broker")},
		ClientCAs:    authority.pool(), ClientAuth: tls.VerifyClientCertIfGiven,
	}))
	authority.sign(t, dir, "client")
	key, err := os.ReadFile(filepath.Join(dir, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(patience time.Duration, t *config.TLS) error {
		return x.reach(guarded(dir, config.KafkaCluster{Brokers: x.brokers, TLS: t}, map[string]string{"KEY": string(key)}), patience)
	}
	for name, settings := range map[string]*config.TLS{
		"authority":                  {CA: "ca.pem"},
		"absolute path":              {CA: filepath.Join(dir, "ca.pem")},
		"client's certificate":       {CA: "ca.pem", Cert: "client.pem", Key: "client.key"},
		"the client's key in secret": {CA: "ca.pem", Cert: "client.pem", Key: "${env:KEY}"},
	} {
		if err := with(deadline, settings); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	x.refused(with(deadline, &config.TLS{}), true, `Kafka cluster "guarded" shows a certificate that is not trusted`, x.brokers[0], "tls.ca")
	x.refused(with(brief, nil), false, "cannot be reached", "TLS")

	plain, _ := fake(t, kfake.SeedTopics(1, "clicks"))
	x.refused(plain.reach(guarded(dir, config.KafkaCluster{Brokers: plain.brokers, TLS: &config.TLS{CA: "ca.pem"}}, nil), brief), false, "cannot be reached", "TLS")
}

func TestOutOfReach(t *testing.T) {
	t.Parallel()
	x := &fixture{TB: t}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	err = x.reach(guarded("", config.KafkaCluster{Brokers: []string{address, "no-such-host.invalid:9092"}}, nil), brief)
	x.refused(err, false, `Kafka cluster "guarded" cannot be reached`, address, "no-such-host.invalid:9092", "check that")
	if !strings.Contains(err.Error(), "refused") && !strings.Contains(err.Error(), "no such host") {
		t.Errorf("the error does not say why: %v", err)
	}

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	err = x.reach(guarded("", config.KafkaCluster{Brokers: []string{silent.Addr().String()}}, nil), brief)
	x.refused(err, false, `Kafka cluster "guarded"`, silent.Addr().String())
}

// Every fault of a config is found at once, before anything is sent.
func TestConfigFaults(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "empty.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	platform := map[string]config.KafkaCluster{
		"prod": {Brokers: []string{"b:1"}},
		"bad": {
			TLS:  &config.TLS{CA: "empty.pem", Cert: "missing.pem", Key: "${env:NO_KEY}"},
			SASL: &config.SASL{Mechanism: "SCRAM-SHA-265", Username: "ana", Password: "${env:NO_PASSWORD}"},
		},
		"secretless": {Brokers: []string{"b:1"}, SASL: &config.SASL{Mechanism: "PLAIN", Username: "ana", Password: "${env:NO_PASSWORD}"}},
	}
	for name, test := range map[string]struct {
		block *config.KafkaSource
		says  []string
	}{
		"no block":         {nil, []string{"sources.in: the source has no kafka block"}},
		"nothing":          {&config.KafkaSource{}, []string{"sources.in.kafka: no Kafka cluster is named", "sources.in.kafka.topic: no topic"}},
		"both":             {&config.KafkaSource{Cluster: "prod", Brokers: []string{"b:1"}, Topic: "t"}, []string{"both cluster and brokers"}},
		"unknown cluster":  {&config.KafkaSource{Cluster: "prd", Topic: "t"}, []string{`sources.in.kafka.cluster: unknown Kafka cluster "prd"`, `did you mean "prod"?`}},
		"no such position": {&config.KafkaSource{Cluster: "prod", Topic: "t", Start: "latets"}, []string{`sources.in.kafka.start: start "latets"`, "earliest, latest or a time"}},
		"before 1970":      {&config.KafkaSource{Cluster: "prod", Topic: "t", Start: "1969-12-31T23:59:59Z"}, []string{"start"}},
		"a bad cluster": {&config.KafkaSource{Cluster: "bad", Topic: "t"}, []string{
			"platform: kafka.bad: the cluster has no brokers", "kafka.bad.tls.ca: there is no PEM certificate", "kafka.bad.tls.cert: the client's certificate cannot be read",
			"kafka.bad.tls.key: the client's key cannot be read", "NO_KEY", `kafka.bad.sasl.mechanism: unknown SASL mechanism "SCRAM-SHA-265"`, `did you mean "SCRAM-SHA-256"?`,
		}},
		"no secret": {&config.KafkaSource{Cluster: "secretless", Topic: "t"}, []string{"kafka.secretless.sasl.password: the password cannot be resolved", "NO_PASSWORD"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := guarded(dir, config.KafkaCluster{}, nil)
			e.Platform.Kafka = platform
			_, err := newSource(connect.SourceConfig{Env: e, Source: config.Source{Kafka: test.block}})
			(&fixture{TB: t}).refused(err, true, test.says...)
		})
	}
	e := guarded(dir, config.KafkaCluster{}, nil)
	e.Name, e.Platform.Kafka = "out", platform
	_, err := newSink(connect.SinkConfig{Env: e, Sink: config.Sink{Kafka: &config.KafkaSink{}, Delivery: "exactly-once"}})
	var list fault.List
	if l, ok := err.(fault.List); ok {
		list = l
	}
	if len(list) != 3 {
		t.Errorf("a sink with three faults says: %v", err)
	}
	if _, err := newSink(connect.SinkConfig{Env: e}); !fault.Incurable(err) {
		t.Errorf("a sink without a block: %v", err)
	}
}

func TestClientID(t *testing.T) {
	c, err := newCluster(env("clicks"), "", "", []string{"b:1"})
	if err != nil || c.id != "spaas/test/clicks" || !slices.Equal(c.brokers, []string{"b:1"}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, dir string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{&x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, key}
	a.write(t, filepath.Join(dir, "ca.pem"), a.certificate, key)
	return a
}

// write signs a certificate and writes it as PEM.
func (a authority) write(t *testing.T, path string, c *x509.Certificate, key *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	c.Raw = der
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sign makes name.pem and name.key.
func (a authority) sign(t *testing.T, dir, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	a.write(t, filepath.Join(dir, name+".pem"), c, key)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".key"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
	return pool
}
