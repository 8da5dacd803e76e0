package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// link watches the connections of a client. A broker that goes is logged once,
// and once more when it is back, however often it is tried in between.
type link struct {
	cluster *cluster

	mu   sync.Mutex
	down map[string]error // by address: why it cannot be reached
	last error            // the newest of them
}

// OnBrokerConnect is called by the client after each attempt to connect.
func (l *link) OnBrokerConnect(broker kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if errors.Is(err, kgo.ErrClientClosed) || errors.Is(err, context.Canceled) {
		return // our own doing
	}
	address := net.JoinHostPort(broker.Host, fmt.Sprint(broker.Port))
	l.mu.Lock()
	defer l.mu.Unlock()
	was, known := l.down[address]
	switch {
	case err == nil && known:
		delete(l.down, address)
		l.cluster.log.Info("Kafka broker is back", "broker", address)
	case err != nil:
		l.down[address], l.last = err, err
		if !known || was.Error() != err.Error() {
			l.cluster.log.Warn("Kafka broker cannot be reached and is tried again", "broker", address, "error", err)
		}
	}
}

// trouble is why a broker cannot be reached now, nil when all can.
func (l *link) trouble() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.down) == 0 {
		return nil
	}
	return l.last
}
