package kafka

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/runtime/connect"
)

// Dial makes a client of a cluster as a source or sink names it, for tools that
// look at its topics beside the job. Nothing is sent before the first question.
func Dial(env connect.Env, name string, brokers []string, options ...kgo.Opt) (*kgo.Client, error) {
	c, err := newCluster(env, "kafka", name, brokers)
	if err != nil {
		return nil, err
	}
	k, err := c.dial(options...)
	if err != nil {
		return nil, err
	}
	return k.Client, nil
}
