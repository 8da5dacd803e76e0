package runcmd

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/cmd/spaas/internal/feed"
	"github.com/spaas/spaas/cmd/spaas/internal/localbroker"
	"github.com/spaas/spaas/cmd/spaas/internal/results"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/connect/kafka"
)

// place is where a topic is: on a cluster of the platform document, or on
// brokers that the job names itself.
type place struct {
	cluster string
	brokers string // joined by commas
}

// embedded is the place of every topic of a run with an embedded broker.
var embedded = place{}

// clusters are the Kafka clusters that a run feeds and follows.
type clusters struct {
	folder  *folder
	env     connect.Env
	local   bool   // every place is the embedded broker
	address string // of the embedded broker, once it is open
	ledgers map[place]*feed.Ledger
	feeders map[place]*feed.Feeder
	closers []func()
}

func newClusters(loaded *config.Loaded, dir string, f *folder) *clusters {
	return &clusters{
		folder: f, local: loaded.Env == "",
		env: connect.Env{
			Job: loaded.Job.Job, Name: "run", Dir: dir, Platform: loaded.Platform,
			Secrets: config.NewSecrets(os.LookupEnv, dir, nil), Log: slog.New(slog.DiscardHandler),
		},
		ledgers: map[place]*feed.Ledger{}, feeders: map[place]*feed.Feeder{},
	}
}

// at is the place of a topic.
func (c *clusters) at(cluster string, brokers []string) place {
	if c.local {
		return embedded
	}
	return place{cluster, strings.Join(brokers, ",")}
}

// dial makes a client of a place.
func (c *clusters) dial(p place, options ...kgo.Opt) (*kgo.Client, error) {
	var brokers []string
	switch {
	case p == embedded:
		brokers = []string{c.address}
	case p.brokers != "":
		brokers = strings.Split(p.brokers, ",")
	}
	return kafka.Dial(c.env, p.cluster, brokers, options...)
}

// ledger is what was fed into the topics of a place.
func (c *clusters) ledger(p place) (*feed.Ledger, error) {
	if l := c.ledgers[p]; l != nil {
		return l, nil
	}
	name := "fed.json"
	if p != embedded {
		name = "fed-" + url.PathEscape(p.cluster+p.brokers) + ".json"
	}
	l, err := feed.OpenLedger(c.folder.in(name))
	c.ledgers[p] = l
	return l, err
}

// feeder feeds topics of a place.
func (c *clusters) feeder(p place) (*feed.Feeder, error) {
	if f := c.feeders[p]; f != nil {
		return f, nil
	}
	ledger, err := c.ledger(p)
	if err != nil {
		return nil, err
	}
	client, err := c.dial(p, feed.Options(localbroker.MaxRecord)...)
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, client.Close)
	c.feeders[p] = feed.New(client, ledger)
	return c.feeders[p], nil
}

// follow follows the topics of all Kafka sinks.
func (c *clusters) follow(ctx context.Context, sinks map[string]config.Sink, tell func([]results.Result)) (*followers, error) {
	topics := map[place]map[string]string{}
	for name, sink := range sinks {
		if sink.Connector != "kafka" {
			continue
		}
		p := c.at(sink.Kafka.Cluster, sink.Kafka.Brokers)
		if topics[p] == nil {
			topics[p] = map[string]string{}
		}
		topics[p][name] = sink.Kafka.Topic
	}
	all := &followers{}
	for p, ofSinks := range topics {
		f, err := results.Follow(ctx, func(o ...kgo.Opt) (*kgo.Client, error) { return c.dial(p, o...) }, ofSinks, tell)
		if err != nil {
			all.close()
			return nil, err
		}
		all.each = append(all.each, f)
	}
	return all, nil
}

// close ends the clients of feeders.
func (c *clusters) close() {
	for _, closer := range c.closers {
		closer()
	}
}

// followers follow the topics of a job on every cluster that it writes.
type followers struct{ each []*results.Follower }

// catchUp returns when everything that is in the topics now was told.
func (f *followers) catchUp(ctx context.Context) error {
	for _, one := range f.each {
		if err := one.CatchUp(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (f *followers) close() {
	for _, one := range f.each {
		one.Close()
	}
}
