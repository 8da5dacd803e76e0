package engine

import (
	"context"
	"fmt"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
	"github.com/spaas/spaas/runtime/format"
)

// To attaches a sink: rows are encoded with the format and handed to the
// connector that the options name for the sink.
func To[T any](in *Port[T], node *Node) {
	in.Attach(func(b *Build) []Op[T] {
		number := b.writersOf(node.Name)
		return subtasks(b, func(t *Task) Op[T] {
			// Each subtask has an encoder of its own: one is used by one goroutine.
			o, err := encoderOf[T](b, node)
			if err != nil && t.id.Subtask == 0 { // all say the same
				b.fault(err)
			}
			var header []byte
			if o.encoder != nil {
				header = format.HeaderOf(o.encoder)
			}
			o.place, o.writer = t.place(node), newWriter(b, t, node.Name, number+t.id.Subtask, header)
			return &o
		})
	})
}

// encoderOf prepares a sink for rows of T, without its place and writer.
func encoderOf[T any](b *Build, node *Node) (sinkOp[T], error) {
	var o sinkOp[T]
	configured, ok := b.run.o.Sinks[node.Name]
	if !ok || configured.Format == "" {
		return o, nil // missing sinks are reported together elsewhere
	}
	encoder, err := format.NewEncoder[T](configured.Format)
	if err != nil {
		return o, &fault.Error{
			What: fmt.Sprintf("sink %q cannot write %s as %s", node.Name, node.Type, configured.Format), Where: node.Site, Err: err,
			Do: "choose another format for the sink, or another type for the stream", Incurable: true,
		}
	}
	o.encoder = encoder
	if _, ok := any(new(T)).(format.RecordKeyer); ok {
		// By pointer: boxing the value of each row would allocate.
		o.key = func(dst []byte, v *T) []byte { return any(v).(format.RecordKeyer).AppendRecordKey(dst) }
	}
	return o, nil
}

// sinkOp is the end of a chain.
type sinkOp[T any] struct {
	*place
	writer  *writer
	encoder format.Encoder[T] // nil: the sink wants no bytes
	key     func([]byte, *T) []byte
	bytes   []byte
	ends    []int // of key and value in bytes, two a row
	records []connect.Record
}

func (o *sinkOp[T]) Push(b *Batch[T]) error {
	o.enter(len(b.V))
	o.left(len(b.V))
	if o.encoder == nil {
		return nil
	}
	bytes, ends := o.bytes[:0], o.ends[:0]
	for i := range b.V {
		if o.key != nil {
			bytes = o.key(bytes, &b.V[i])
		}
		ends = append(ends, len(bytes))
		var err error
		if bytes, err = o.encoder.Append(bytes, &b.V[i]); err != nil {
			return &fault.Error{What: fmt.Sprintf("sink %q cannot encode a row", o.node.Name), Where: o.node.Site, Err: err, Incurable: true}
		}
		ends = append(ends, len(bytes))
	}
	// Only now: the buffer has moved while it grew.
	records, at := o.records[:0], 0
	for i, ts := range b.TS {
		r := connect.Record{Value: bytes[ends[2*i]:ends[2*i+1]], Time: ts}
		if o.key != nil {
			r.Key = bytes[at:ends[2*i]]
		}
		at = ends[2*i+1]
		records = append(records, r)
	}
	o.bytes, o.ends, o.records = bytes, ends, records
	o.place.bytes.Add(int64(len(bytes)))
	return o.writer.write(o.task.ctx, records)
}

func (o *sinkOp[T]) Watermark(int64) error { return nil }
func (o *sinkOp[T]) Flush() error          { return nil }
func (o *sinkOp[T]) Barrier(c *Cut) error  { return o.writer.precommit(c) }
func (o *sinkOp[T]) End() error            { return nil }

// writer is one connector's writer with the name of its sink.
type writer struct {
	connect.Writer
	sink  string
	task  *Task
	place *place // where records are counted, nil: the operator counts rows
}

// newWriter makes a writer that is opened when the run starts and closed with
// its task. Number is unique among the writers of the sink; header names the
// columns of the records, of a format that has any.
func newWriter(b *Build, t *Task, sink string, number int, header []byte) *writer {
	w := &writer{sink: sink, task: t}
	configured := b.run.o.Sinks[sink]
	t.open(func(ctx context.Context) error {
		opened, err := configured.Sink.Open(ctx, connect.Task{Deployment: b.run.o.deployment(), Generation: b.run.generation(), Subtask: number, Header: header})
		if err != nil {
			return w.failed("opened", err)
		}
		w.Writer = opened
		t.closers = append(t.closers, opened.Close)
		return nil
	})
	return w
}

// writersOf numbers the writers of a sink: one range of numbers for each stream
// that goes into it.
func (b *Build) writersOf(sink string) (first int) {
	first = b.writers[sink]
	b.writers[sink] = first + b.parallelism
	return first
}

func (w *writer) write(ctx context.Context, records []connect.Record) error {
	if w.place != nil {
		w.place.out.Add(int64(len(records)))
		for i := range records {
			w.place.bytes.Add(int64(len(records[i].Key) + len(records[i].Value)))
		}
	}
	if err := w.Write(ctx, records); err != nil {
		return w.failed("written", err)
	}
	return nil
}

func (w *writer) precommit(c *Cut) error {
	all, err := w.Precommit(w.task.ctx, c.Checkpoint)
	if err != nil {
		return w.failed(fmt.Sprintf("pre-committed at checkpoint %d", c.Checkpoint), err)
	}
	return c.precommitted(w.sink, all)
}

func (w *writer) failed(doing string, err error) error {
	return fmt.Errorf("sink %q, subtask %d, cannot be %s: %w", w.sink, w.task.id.Subtask, doing, err)
}
