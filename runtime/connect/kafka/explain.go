package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
)

// explain turns what a client says into what its reader can do about it.
func (c *client) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err // it is explained
	}
	cause, silent := err, false
	if outOfReach(err) {
		if last := c.link.trouble(); last != nil {
			cause = last
		} else {
			silent = errors.Is(err, context.DeadlineExceeded)
		}
	}
	brokers := strings.Join(c.cluster.brokers, ", ")
	platform := "platform: kafka." + c.cluster.name
	switch {
	case errors.Is(cause, kerr.SaslAuthenticationFailed):
		return &fault.Error{
			What: fmt.Sprintf("%v refuses user %q", c.cluster, c.cluster.user), Where: platform + ".sasl", Err: cause,
			Do: "check username, mechanism and what the password's reference stands for", Incurable: true,
		}
	case errors.Is(cause, kerr.UnsupportedSaslMechanism), strings.Contains(cause.Error(), "does not support any of the client's SASL mechanisms"):
		return &fault.Error{
			What: fmt.Sprintf("%v does not offer the SASL mechanism", c.cluster), Where: platform + ".sasl.mechanism", Err: cause,
			Do: "choose one that the brokers have enabled", Incurable: true,
		}
	case untrusted(cause):
		return &fault.Error{
			What: fmt.Sprintf("%v shows a certificate that is not trusted", c.cluster), Where: brokers, Err: cause,
			Do: "set tls.ca of the cluster to the authority that signed it, and brokers to names that it is made out to", Incurable: true,
		}
	case denied(cause):
		return &fault.Error{
			What: fmt.Sprintf("%v denies %s", c.cluster, c.cluster.principal()), Err: cause,
			Do: "have the ACL added: READ and DESCRIBE of a source's topic, WRITE and DESCRIBE of a sink's", Incurable: true,
		}
	case silent:
		return &fault.Error{
			What: fmt.Sprintf("%v does not answer", c.cluster), Where: brokers, Err: cause,
			Do: "look at the state of its brokers: they accept connections",
		}
	case outOfReach(err):
		return &fault.Error{
			What: fmt.Sprintf("%v cannot be reached", c.cluster), Where: brokers, Err: cause,
			Do: "check that the brokers are up, that this machine may connect to them, and that TLS and SASL are as they expect",
		}
	}
	return fmt.Errorf("%v: %w", c.cluster, err)
}

// principal is who the cluster takes us for.
func (c *cluster) principal() string {
	if c.user == "" {
		return "what the job asks for"
	}
	return fmt.Sprintf("user %q what the job asks for", c.user)
}

// outOfReach says that an error is the network's, or that time is over.
func outOfReach(err error) bool {
	_, network := errors.AsType[net.Error](err)
	_, first := errors.AsType[*kgo.ErrFirstReadEOF](err)
	return network || first || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) ||
		strings.Contains(err.Error(), "unable to dial")
}

func untrusted(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	return authority || host
}

func denied(err error) bool {
	return errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed)
}
