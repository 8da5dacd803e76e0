package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/fault"
)

// client talks to a cluster. It remembers why a broker could not be reached:
// a question that was given up knows only that time is over.
type client struct {
	*kgo.Client
	cluster *cluster
	link    *link
}

// dial makes a client. Nothing is sent before the first question.
func (c *cluster) dial(options ...kgo.Opt) (*client, error) {
	l := &link{cluster: c, down: map[string]error{}}
	all := append([]kgo.Opt{
		kgo.SeedBrokers(c.brokers...),
		kgo.ClientID(c.id),
		kgo.DialTimeout(c.patience / 2),
		kgo.RequestTimeoutOverhead(c.patience),
		kgo.MetadataMinAge(500 * time.Millisecond), // bounds how long a new leader stays unknown
		kgo.WithHooks(l),
		kgo.DisableClientMetrics(),
	}, c.access...)
	k, err := kgo.NewClient(append(all, options...)...)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", c, err)
	}
	return &client{Client: k, cluster: c, link: l}, nil
}

// bounded asks the cluster something until it is reached, and gives up when its
// patience is over.
func bounded[T any](ctx context.Context, c *client, ask func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(ctx, c.cluster.patience)
	defer cancel()
	for {
		answer, err := ask(limited)
		if err != nil && ctx.Err() != nil {
			return answer, ctx.Err()
		}
		err = c.explain(err)
		if err == nil || fault.Incurable(err) || !outOfReach(err) || pause(limited, c.cluster.patience/40) != nil {
			return answer, err
		}
	}
}
