package kafka

import (
	"context"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/runtime/connect"
)

// BenchmarkRelay copies records of 100 bytes from one topic to another through
// the connector, beside a loop written against the client alone with the same
// settings. The cluster is in the process: it hands out one batch again and
// again and forgets what it is given, and what that costs is in both.
// cpu-ns/record counts all of the process, on every core.
func BenchmarkRelay(b *testing.B) {
	for _, way := range []struct {
		name string
		run  func(b *testing.B, x *fixture)
	}{
		{"read/spaas", func(b *testing.B, x *fixture) { relay(b, x, nil) }},
		{"read/franz", rawRead},
		{"relay/spaas", func(b *testing.B, x *fixture) { relay(b, x, x.write("out").Writer) }},
		{"relay/franz", rawRelay},
	} {
		b.Run(way.name, func(b *testing.B) {
			x, _ := fake(b, kfake.SeedTopics(8, "in", "out"), kfake.SyntheticFetch(kfake.SyntheticBatch{}), kfake.BlackholeProduce())
			way.run(b, x)
		})
	}
}

// measured runs copy, which returns how many records it copied, until b.N were.
func measured(b *testing.B, copy func(context.Context) int) {
	b.Helper()
	b.ReportAllocs()
	began := cpu()
	n := 0
	for b.ResetTimer(); n < b.N; {
		n += copy(b.Context())
	}
	b.StopTimer()
	b.ReportMetric(float64(cpu()-began)/float64(n), "cpu-ns/record")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

// cpu is what the process has used, in nanoseconds.
func cpu() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func relay(b *testing.B, x *fixture, to connect.Writer) {
	s := x.source(config.KafkaSource{Topic: "in"})
	r := x.open(s, x.discover(s, connect.FirstStart)...)
	f := connect.Fetch{}
	measured(b, func(ctx context.Context) int {
		f = connect.Fetch{Records: f.Records[:0], Lag: -1}
		if err := r.reader.Poll(ctx, &f); err != nil {
			b.Fatal(err)
		}
		if to == nil {
			return len(f.Records)
		}
		if err := to.Write(ctx, f.Records); err != nil {
			b.Fatal(err)
		}
		return len(f.Records)
	})
	if to != nil {
		if _, err := to.Precommit(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
	}
}

func rawConsumer(b *testing.B, x *fixture) *kgo.Client {
	c := x.client(kgo.ConsumeTopics("in"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxBytes(fetchBytes),
		kgo.FetchMaxPartitionBytes(partitionBytes), kgo.WithPools(new(recordPool)))
	b.Cleanup(c.Close)
	return c
}

func rawRead(b *testing.B, x *fixture) {
	from := rawConsumer(b, x)
	measured(b, func(ctx context.Context) (n int) {
		for r := range from.PollFetches(ctx).RecordsAll() {
			n++
			r.Recycle()
		}
		return n
	})
}

// rawRelay sends the records it read, which nobody else needs.
func rawRelay(b *testing.B, x *fixture) {
	from := rawConsumer(b, x)
	to := x.client(kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(parcels*parcelRecords),
		kgo.RecordPartitioner(kgo.UniformBytesPartitioner(64<<10, false, true, nil)))
	b.Cleanup(to.Close)
	var failed atomic.Bool
	done := func(r *kgo.Record, err error) {
		if err != nil {
			failed.Store(true)
		}
		r.Recycle()
	}
	measured(b, func(ctx context.Context) (n int) {
		for r := range from.PollFetches(ctx).RecordsAll() {
			n++
			r.Topic = "out"
			to.Produce(ctx, r, done)
		}
		return n
	})
	if err := to.Flush(b.Context()); err != nil || failed.Load() {
		b.Fatal("not all was written", err)
	}
}
