package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// cluster is a Kafka cluster as configured: where it is and how to get in.
type cluster struct {
	name    string // in the platform document; "" where the brokers stand in the job's config
	brokers []string
	user    string // "": no SASL
	access  []kgo.Opt
	id      string // client id: what the cluster's own logs and quotas call us
	log     *slog.Logger
	// patience is how long brokers may keep a question waiting.
	patience time.Duration
}

// String is how messages call the cluster.
func (c *cluster) String() string {
	if c.name == "" {
		return "the Kafka cluster"
	}
	return fmt.Sprintf("Kafka cluster %q", c.name)
}

// newCluster finds the cluster that a source or sink names, and resolves its
// secrets. Where is the path of the kafka block in the config. Every fault is
// returned at once.
func newCluster(env connect.Env, where, name string, brokers []string) (*cluster, error) {
	c := &cluster{
		name: name, brokers: brokers,
		id:  "spaas/" + env.Job + "/" + env.Name,
		log: env.Log, patience: 10 * time.Second,
	}
	if name == "" {
		if len(brokers) == 0 {
			return nil, &fault.Error{
				What: "no Kafka cluster is named", Where: where,
				Do: "set cluster to one of the platform document, or brokers to [host:port]", Incurable: true,
			}
		}
		return c, nil
	}
	if len(brokers) > 0 {
		return nil, &fault.Error{What: "both cluster and brokers are set", Where: where, Do: "keep one of them", Incurable: true}
	}
	var known map[string]config.KafkaCluster
	if env.Platform != nil {
		known = env.Platform.Kafka
	}
	settings, ok := known[name]
	if !ok {
		return nil, &fault.Error{
			What: fmt.Sprintf("unknown Kafka cluster %q", name), Where: where + ".cluster",
			Do: nearestOr(name, slices.Sorted(maps.Keys(known)), "define it under kafka in the platform document"), Incurable: true,
		}
	}
	c.brokers = settings.Brokers
	return c, c.secure(env, settings)
}

// secure adds TLS and SASL.
func (c *cluster) secure(env connect.Env, settings config.KafkaCluster) error {
	where := "platform: kafka." + c.name
	var faults fault.List
	if len(settings.Brokers) == 0 {
		faults = append(faults, &fault.Error{What: "the cluster has no brokers", Where: where, Do: "set brokers to [host:port]", Incurable: true})
	}
	if settings.TLS != nil {
		secured, err := newTLS(env, where+".tls", *settings.TLS)
		if err != nil {
			faults = append(faults, err)
		} else {
			c.access = append(c.access, kgo.DialTLSConfig(secured))
		}
	}
	if settings.SASL != nil {
		login, err := newSASL(env, where+".sasl", *settings.SASL)
		if err != nil {
			faults = append(faults, err)
		} else {
			c.user = settings.SASL.Username
			c.access = append(c.access, login)
		}
	}
	return faults.Err()
}

// mechanisms are the ways to log in.
var mechanisms = map[string]func(user, password string) kgo.Opt{
	"PLAIN": func(user, password string) kgo.Opt {
		return kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism())
	},
	"SCRAM-SHA-256": func(user, password string) kgo.Opt {
		return kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha256Mechanism())
	},
	"SCRAM-SHA-512": func(user, password string) kgo.Opt {
		return kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism())
	},
}

func newSASL(env connect.Env, where string, s config.SASL) (kgo.Opt, error) {
	login, ok := mechanisms[s.Mechanism]
	if !ok {
		names := slices.Sorted(maps.Keys(mechanisms))
		return nil, &fault.Error{
			What: fmt.Sprintf("unknown SASL mechanism %q", s.Mechanism), Where: where + ".mechanism",
			Do: nearestOr(s.Mechanism, names, "use one of "+strings.Join(names, ", ")), Incurable: true,
		}
	}
	password, err := env.Secrets.Resolve(s.Password)
	if err != nil {
		return nil, &fault.Error{What: "the password cannot be resolved", Where: where + ".password", Err: err, Incurable: true}
	}
	return login(s.Username, password), nil
}

// newTLS loads certificates. With none set, the brokers' certificates are
// checked against those that this machine trusts.
func newTLS(env connect.Env, where string, t config.TLS) (*tls.Config, error) {
	secured := &tls.Config{MinVersion: tls.VersionTLS12}
	var faults fault.List
	refuse := func(key, what string, err error) {
		faults = append(faults, &fault.Error{What: what, Where: where + "." + key, Err: err, Incurable: true})
	}
	if t.CA != "" {
		secured.RootCAs = x509.NewCertPool()
		if text, err := material(env, t.CA); err != nil {
			refuse("ca", "the certificate authority cannot be read", err)
		} else if !secured.RootCAs.AppendCertsFromPEM(text) {
			refuse("ca", "there is no PEM certificate in it", nil)
		}
	}
	if t.Cert != "" || t.Key != "" {
		cert, err := material(env, t.Cert)
		if err != nil {
			refuse("cert", "the client's certificate cannot be read", err)
		}
		key, err := material(env, t.Key)
		if err != nil {
			refuse("key", "the client's key cannot be read", err)
		}
		if faults == nil {
			pair, err := tls.X509KeyPair(cert, key)
			if err != nil {
				refuse("cert", "the client's certificate and key do not fit", err)
			}
			secured.Certificates = []tls.Certificate{pair}
		}
	}
	return secured, faults.Err()
}

// material is what a TLS setting stands for: PEM text, which only a reference can
// bring, or the content of the file that it names.
func material(env connect.Env, setting string) ([]byte, error) {
	text, err := env.Secrets.Resolve(setting)
	if err != nil {
		return nil, err
	}
	if strings.Contains(text, "-----BEGIN") {
		return []byte(text), nil
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(env.Dir, text)
	}
	return os.ReadFile(text)
}

// nearestOr is advice about a name that does not exist.
func nearestOr(name string, names []string, otherwise string) string {
	if advice := fault.DidYouMean(name, names); advice != "" {
		return advice
	}
	return otherwise
}
