package stream

import (
	"encoding"
	"fmt"
	"strconv"
	"time"
)

// Pane is the value of one key in one window.
type Pane[K comparable, A any] struct {
	Key   K         `json:"key"`
	Start time.Time `json:"start"` // of the window, UTC
	End   time.Time `json:"end"`   // of the window, not in it
	Value A         `json:"value"`
}

// fill is called by the engine, with times in nanoseconds since 1970.
func (p *Pane[K, A]) fill(key K, start, end int64, value *A) {
	p.Key, p.Start, p.End, p.Value = key, time.Unix(0, start).UTC(), time.Unix(0, end).UTC(), *value
}

// AppendRecordKey appends the key as text: sinks that have keys, as Kafka, put
// the panes of a key into one partition.
func (p *Pane[K, A]) AppendRecordKey(dst []byte) []byte {
	switch k := any(&p.Key).(type) {
	case *string:
		return append(dst, *k...)
	case *int:
		return strconv.AppendInt(dst, int64(*k), 10)
	case *int64:
		return strconv.AppendInt(dst, *k, 10)
	case encoding.TextAppender:
		if text, err := k.AppendText(dst); err == nil {
			return text
		}
	}
	return fmt.Append(dst, p.Key)
}
