package job

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

// reporter says how the job ended, once: as one record where machines read the
// log, as lines of their own where a person does.
type reporter struct {
	log    *slog.Logger
	format logFormat
	out    io.Writer // the standard error
}

// failure reports why the job failed, with every fault.
func (r reporter) failure(err error, next string) {
	faults := faultsOf(err)
	if r.format == logJSON {
		r.log.Error("the job failed", "faults", faults, "next", next)
		return
	}
	var b strings.Builder
	b.WriteString("error: ")
	for i, f := range faults {
		if i > 0 {
			b.WriteString("       ")
		}
		b.WriteString(strings.ReplaceAll(f, "\n", "\n       "))
		b.WriteByte('\n')
	}
	if next != "" {
		fmt.Fprintf(&b, "       %s\n", next)
	}
	io.WriteString(r.out, b.String())
}

// summary is the last line of every run.
func (r reporter) summary(s jobapi.Status) {
	var in, bad, late, out int64
	for _, x := range s.Sources {
		in, bad = in+x.In, bad+x.Bad
	}
	for _, x := range s.Operators {
		late += x.Late
	}
	for _, x := range s.Sinks {
		out += x.Out
	}
	attrs := []any{
		"job", s.Job, "in", in, "out", out, "late", late, "bad", bad,
		"checkpoints", s.Checkpoints.Completed, "generation", s.Generation,
		"seconds", float64(s.Now.Sub(s.Started).Milliseconds()) / 1000,
	}
	if s.Checkpoints.Last != nil {
		attrs = append(attrs, "last_checkpoint", s.Checkpoints.Last.ID)
	}
	if s.Reason != "" {
		attrs = append(attrs, "reason", firstLine(s.Reason))
	}
	r.log.Info(string(s.State), attrs...)
}

// faultsOf is every fault of an error, each as text.
func faultsOf(err error) []string {
	list, ok := errors.AsType[fault.List](err)
	if !ok {
		return []string{err.Error()}
	}
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = e.Error()
	}
	return texts
}

func firstLine(s string) string {
	first, _, more := strings.Cut(s, "\n")
	if more {
		first += " …"
	}
	return first
}
