package jobprocess

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
)

// Record is one record of the job's log.
type Record struct {
	Level   slog.Level
	Message string
	Attrs   string // what stands beside the message: `topic=clicks attempt=3`
}

// failed is the message of the record by which a job says why it failed. Its
// faults are the process's [Exit], so nobody is told of it.
const failed = "the job failed"

// maxRaw is how much is kept of what is no log record: the end of a panic's
// trace that the Go runtime wrote is in the log file.
const maxRaw = 4 << 10

// logReader reads the standard error of a job: log records as JSON, a line
// each. It implements io.Writer for one writer at a time.
type logReader struct {
	file *os.File
	tell func(Record)

	part   []byte // of a line that has not ended
	faults []error
	raw    []byte // what is no record: the words of a dying process
}

func (l *logReader) Write(p []byte) (int, error) {
	// A log that cannot be kept is no reason to end the job.
	_, _ = l.file.Write(p)
	l.part = append(l.part, p...)
	for {
		line, rest, whole := bytes.Cut(l.part, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.read(line)
		l.part = rest
	}
}

// close reads what has no newline at its end.
func (l *logReader) close() {
	l.read(l.part)
	l.part = nil
	l.file.Close()
}

func (l *logReader) read(line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	var record struct {
		Level  slog.Level `json:"level"`
		Msg    *string    `json:"msg"`
		Faults []string   `json:"faults"`
	}
	if err := json.Unmarshal(line, &record); err != nil || record.Msg == nil {
		if room := maxRaw - len(l.raw); room > 0 {
			l.raw = append(append(l.raw, line[:min(len(line), room)]...), '\n')
		}
		return
	}
	if *record.Msg == failed {
		for _, f := range record.Faults {
			l.faults = append(l.faults, errors.New(f))
		}
		return
	}
	if l.tell != nil {
		l.tell(Record{Level: record.Level, Message: *record.Msg, Attrs: attrs(line)})
	}
}

// every are the fields that every record has: they are the same or of no use to
// who looks at one job.
var every = []string{"time", "level", "msg", "job", "namespace"}

// attrs renders the fields of a record, in their order.
func attrs(line []byte) string {
	var b strings.Builder
	dec := json.NewDecoder(bytes.NewReader(line))
	if _, err := dec.Token(); err != nil { // {
		return ""
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			break
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			break
		}
		if slices.Contains(every, fmt.Sprint(name)) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%v=%s", name, plain(value))
	}
	return b.String()
}

// plain is a value without the quotes that it does not need.
func plain(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil && s != "" && !strings.ContainsAny(s, " \t\n\"=") {
		return s
	}
	return string(value)
}
