package job

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/testservice"
)

const (
	kills         = 10
	killPartition = 4
	latePerKill   = 3
	killWindow    = time.Second            // of event time; an event is 10 ms after the one before
	killDisorder  = 200 * time.Millisecond // that far they are out of order
)

// The config of both jobs. They differ in name and sink.
const killConfig = `
version: 1
job: NAME
namespace: test
properties: {window: 1s, disorder: 200ms}
sources:
  in: {connector: kafka, kafka: {brokers: ["BROKER"], topic: events, format: json}}
sinks:
  out: {connector: kafka, kafka: {brokers: ["BROKER"], topic: NAME, format: json}}
resources: {parallelism: 2}
checkpoint: {every: 150ms, timeout: 30s}
`

// SIGKILL, again and again, while events go through a real Kafka: the results
// are those of a job that reads the same events at the same time and is left in
// peace, and those of a count that knows neither.
//
// Each kill lands after a checkpoint of the generation it ends, while events are
// still being produced, and the next generation must read events that the killed
// one had read already: that is looked up in what each process wrote down of
// every event, not computed from positions.
//
// Whether an event is late depends on how far time is when it is read, which a
// restart sets back. Late events are therefore planted into windows that were
// closed in a checkpoint already, of both jobs: those are late in every
// generation that can ever read them. Their number is exact: in the counters of
// the job in peace, in the counters of the last generation of the other, and
// because no pane has room for any of them.
func TestKilledAgainAndAgain(t *testing.T) {
	broker := testservice.Kafka(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	topics(t, broker.Addr, "events", "killed", "peace")

	events := newPlanted(seed)
	producing, produced := context.WithCancel(t.Context())
	var producer sync.WaitGroup
	producer.Go(func() { events.produce(producing, t, broker.Addr) })
	defer func() { produced(); producer.Wait() }()

	killed, peace := newLife(t, events, "killed", broker.Addr), newLife(t, events, "peace", broker.Addr)
	killed.start()
	peace.start()
	for kill := range kills {
		closed := killed.untilClosed(killWindow)
		if other := peace.untilClosed(killWindow); other.Before(closed) {
			closed = other
		}
		events.plant(latePerKill, closed)
		killed.untilBehind(20)
		killed.process.kill()
		killed.start()
		if s := killed.untilRestored(); s.Restored < killed.checkpoint {
			t.Fatalf("kill %d: checkpoint %d was completed, and %d restored", kill, killed.checkpoint, s.Restored)
		}
	}
	events.tail(500)
	last, undisturbed := killed.drain(), peace.drain()

	// What was read again.
	ids := killed.seen()
	if len(ids) != kills+1 {
		t.Fatalf("%d generations, want %d", len(ids), kills+1)
	}
	var replayed []int
	all := map[int64]bool{}
	for g, read := range ids {
		if g > 0 {
			again := 0
			for id := range read {
				if ids[g-1][id] {
					again++
				}
			}
			replayed = append(replayed, again)
			if again == 0 {
				t.Errorf("after kill %d no event was read again", g)
			}
		}
		maps.Copy(all, read)
	}
	if int64(len(all)) != events.number {
		t.Errorf("the killed job has read %d of %d events", len(all), events.number)
	}

	// What was late.
	if got := lateOf(undisturbed); got != int64(len(events.late)) || got != kills*latePerKill {
		t.Errorf("the job in peace counts %d late events, %d of %d were planted", got, len(events.late), kills*latePerKill)
	}
	var want int64
	for id := range events.late {
		if ids[kills][id] {
			want++
		}
	}
	if got := lateOf(last); got != want {
		t.Errorf("the last generation counts %d late events and has read %d", got, want)
	}
	if in := undisturbed.Sources[0].In; in != events.number {
		t.Errorf("the job in peace has read %d of %d events", in, events.number)
	}

	// What came out.
	once, repeats := panes(t, broker.Addr, "peace")
	if repeats != 0 {
		t.Errorf("the job in peace wrote %d panes twice", repeats)
	}
	again, repeats := panes(t, broker.Addr, "killed")
	differ(t, "the job in peace and the independent count", once, events.panes)
	differ(t, "the killed job and the independent count", again, events.panes)
	t.Logf("%d kills, read again %v; %d events, %d of them late; %d panes, %d written again",
		kills, replayed, events.number, len(events.late), len(again), repeats)
}
