package runcmd

import (
	"context"
	"sync"

	"github.com/spaas/spaas/cmd/spaas/internal/feed"
)

// feeding is what is fed beside the running job.
type feeding struct {
	done   chan error // the end of it, once
	cancel context.CancelFunc
	work   sync.WaitGroup
	counts map[string]fedCount // by source, for the worker until it is over
}

// fedCount is how many records of its input a source's topic got from a run, and
// had before.
type fedCount struct{ sent, before int64 }

// startFeeding feeds the inputs one after the other.
func startFeeding(ctx context.Context, c *clusters, inputs []input) *feeding {
	ctx, cancel := context.WithCancel(ctx)
	f := &feeding{done: make(chan error, 1), cancel: cancel, counts: map[string]fedCount{}}
	f.work.Go(func() {
		for _, in := range inputs {
			if err := f.feed(ctx, c, in); err != nil {
				f.done <- err
				return
			}
		}
		f.done <- nil
	})
	return f
}

func (f *feeding) feed(ctx context.Context, c *clusters, in input) error {
	files, err := feed.Files(ctx, in.file, in.kafka.Format)
	if err != nil {
		return err
	}
	feeder, err := c.feeder(c.at(in.kafka.Cluster, in.kafka.Brokers))
	if err != nil {
		return err
	}
	for _, file := range files {
		sent, before, err := feeder.Feed(ctx, in.kafka.Topic, file)
		count := f.counts[in.source]
		f.counts[in.source] = fedCount{count.sent + sent, count.before + before}
		if err != nil {
			return err
		}
	}
	return nil
}

// stop ends the feeding, wherever it is, and returns what was fed.
func (f *feeding) stop() map[string]fedCount {
	f.cancel()
	f.work.Wait()
	return f.counts
}

// allFed reports whether the topics have all of the inputs, without asking them.
func allFed(ctx context.Context, c *clusters, inputs []input) (bool, error) {
	for _, in := range inputs {
		ledger, err := c.ledger(c.at(in.kafka.Cluster, in.kafka.Brokers))
		if err != nil {
			return false, err
		}
		files, err := feed.Files(ctx, in.file, in.kafka.Format)
		if err != nil {
			return false, err
		}
		for _, file := range files {
			if !ledger.Has(in.kafka.Topic, file) {
				return false, nil
			}
		}
	}
	return true, nil
}
