package runcmd

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/jobprocess"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

// outcome is how a run went.
type outcome struct {
	session *session
	why     ending
	took    time.Duration
	exit    jobprocess.Exit
	status  jobapi.Status // the last word of the job
	fed     map[string]fedCount
}

// failure is why the job failed, with the exit code that its own one means; nil
// when it did not.
func (o *outcome) failure() error {
	e := o.exit
	if e.Died != nil {
		return cli.Exit(cli.Failed, e.Died)
	}
	if e.Code == 0 {
		return nil
	}
	code, next := cli.Failed, ""
	switch e.Code {
	case cli.Usage, cli.Interrupted:
		code = e.Code
	case cli.Refused:
		code = e.Code
		if read := countsOf(o.status); read.In+read.Bad == 0 {
			// It could not go on from where it was: state or offsets do not fit. Here
			// nothing is lost by starting over.
			next = o.session.spaas("run --fresh")
		}
	}
	var err error = fault.List(e.Faults)
	if len(e.Faults) == 1 {
		err = e.Faults[0]
	}
	return &cli.ExitError{Code: code, Err: err, Next: next}
}

// document is the summary with --json.
type document struct {
	API     int          `json:"api"`
	Job     string       `json:"job"`
	Env     string       `json:"env,omitempty"`
	Ended   ending       `json:"ended"`
	State   jobapi.State `json:"state"`
	Seconds float64      `json:"seconds"`
	counts
	Sources     []sourceDocument   `json:"sources"`
	Sinks       []sinkDocument     `json:"sinks"`
	Checkpoints checkpointDocument `json:"checkpoints"`
	Log         string             `json:"log"`
	Next        []string           `json:"next"`
}

type sourceDocument struct {
	Name      string `json:"name"`
	Connector string `json:"connector"`
	Fed       int64  `json:"fed"`        // records that this run put into its topic
	FedBefore int64  `json:"fed_before"` // and that earlier runs had
	In        int64  `json:"in"`
	Bad       int64  `json:"bad"`
}

type sinkDocument struct {
	Name      string `json:"name"`
	Connector string `json:"connector"`
	Out       int64  `json:"out"`
	Where     string `json:"where"`
}

type checkpointDocument struct {
	Completed int64  `json:"completed"`
	Last      uint64 `json:"last,omitempty"`
	Restored  uint64 `json:"restored,omitempty"` // that the run went on from
}

// summary is the outcome for people and programs.
func (o *outcome) summary() document {
	s := o.session
	job := s.loaded.Job
	d := document{
		API: cli.API, Job: job.Job, Env: s.loaded.Env, Ended: o.why, State: o.status.State,
		Seconds: float64(o.took.Milliseconds()) / 1000, counts: countsOf(o.status),
		Sources: []sourceDocument{}, Sinks: []sinkDocument{},
		Checkpoints: checkpointDocument{Completed: o.status.Checkpoints.Completed, Restored: o.status.Restored},
		Log:         s.shown(jobprocess.LogPath(s.folder.path)),
	}
	if last := o.status.Checkpoints.Last; last != nil {
		d.Checkpoints.Last = last.ID
	}
	for _, name := range slices.Sorted(maps.Keys(job.Sources)) {
		x := sourceDocument{Name: name, Connector: job.Sources[name].Connector, Fed: o.fed[name].sent, FedBefore: o.fed[name].before}
		for _, status := range o.status.Sources {
			if status.Name == name {
				x.In, x.Bad = status.In, status.Bad
			}
		}
		d.Sources = append(d.Sources, x)
	}
	for _, name := range slices.Sorted(maps.Keys(job.Sinks)) {
		x := sinkDocument{Name: name, Connector: job.Sinks[name].Connector, Where: where(job.Sinks[name])}
		for _, status := range o.status.Sinks {
			if status.Name == name {
				x.Out = status.Out
			}
		}
		d.Sinks = append(d.Sinks, x)
	}
	for _, step := range o.next() {
		d.Next = append(d.Next, step.command)
	}
	return d
}

// where is where the records of a sink are.
func where(sink config.Sink) string {
	switch sink.Connector {
	case "kafka":
		return "topic " + sink.Kafka.Topic
	case "file":
		return sink.File.Path
	case "stdout":
		return "standard output"
	}
	return ""
}

// step is something to do next.
type step struct{ command, why string }

// next are the three things that are worth trying after this run.
func (o *outcome) next() []step {
	s := o.session
	show := step{s.spaas("config show"), "what the job reads and writes, and who says so"}
	fresh := step{s.spaas("run --fresh"), "start over"}
	if o.why == byOver || o.status.State == jobapi.Finished {
		return []step{fresh, show, {s.spaas("build"), "the binary for the servers"}}
	}
	onward := step{s.spaas("run"), "go on from there"}
	if last := o.status.Checkpoints.Last; last != nil {
		onward.why = fmt.Sprintf("go on from checkpoint %d", last.ID)
	}
	if s.loaded.Env != "" {
		return []step{onward, show, {s.spaas("build"), "the binary for the servers"}}
	}
	return []step{onward, {s.spaas("run --until-idle"), "to the end of the input, so that every window fires"}, fresh}
}

// spaas is a command line that does something in the same place.
func (s *session) spaas(verb string) string {
	command := "spaas "
	if dir := s.o.f.Global.Dir; dir != "" {
		command += "-C " + dir + " "
	}
	command += verb
	if s.loaded.Env != "" {
		command += " --env " + s.loaded.Env
	}
	return command
}

// shown is a path as people know it: from the folder of the job.
func (s *session) shown(path string) string {
	dir, err := filepath.Abs(s.o.f.Dir())
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// render is the summary for people.
func (o *outcome) render(t *term.Terminal) string {
	d := o.summary()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n", t.Bold(d.Job), o.headline(d))
	var facts term.Table
	facts.Right = []int{1}
	fact := func(name string, n int64, more ...string) {
		facts.Row(name, grouped(n), strings.Join(slices.DeleteFunc(more, func(s string) bool { return s == "" }), ", "))
	}
	var in, out []string
	for _, x := range d.Sources {
		in = append(in, describeSource(x))
	}
	for _, x := range d.Sinks {
		text := fmt.Sprintf("%s %s", x.Name, grouped(x.Out))
		if x.Where != "" {
			text += " (" + x.Where + ")"
		}
		out = append(out, text)
	}
	fact("in", d.In, in...)
	fact("out", d.Out, out...)
	fact("late", d.Late)
	fact("bad", d.Bad)
	fact("checkpoints", d.Checkpoints.Completed, describeCheckpoints(d.Checkpoints))
	facts.Row("seconds", fmt.Sprintf("%.1f", d.Seconds))
	b.WriteString(facts.Render(t))
	fmt.Fprintf(&b, "\nThe whole log is %s.\n\nNext:\n", d.Log)
	next := term.Table{Indent: "  "}
	for _, step := range o.next() {
		next.Row(t.Cyan(step.command), step.why)
	}
	b.WriteString(next.Render(t))
	return b.String()
}

// headline says why the run ended.
func (o *outcome) headline(d document) string {
	switch {
	case o.why == byOver:
		return "is over here: all of its input was read, and every window has fired"
	case d.State == jobapi.Finished:
		return "has read all of its input; every window has fired"
	case o.why == byTime:
		return fmt.Sprintf("has run for %s and taken a final checkpoint", o.session.o.For)
	case o.why == byInterrupt && d.Checkpoints.Completed > 0:
		return "was told to stop and has taken a final checkpoint"
	}
	return "was told to stop"
}

func describeSource(x sourceDocument) string {
	text := fmt.Sprintf("%s %s", x.Name, grouped(x.In))
	switch {
	case x.Fed > 0 && x.FedBefore > 0:
		return fmt.Sprintf("%s (fed %s, %s before)", text, grouped(x.Fed), grouped(x.FedBefore))
	case x.Fed > 0:
		return fmt.Sprintf("%s (fed %s)", text, grouped(x.Fed))
	case x.FedBefore > 0:
		return fmt.Sprintf("%s (nothing new: %s were fed before)", text, grouped(x.FedBefore))
	}
	return text
}

func describeCheckpoints(c checkpointDocument) string {
	var parts []string
	if c.Restored > 0 {
		parts = append(parts, fmt.Sprintf("went on from %d", c.Restored))
	}
	if c.Last > 0 {
		parts = append(parts, fmt.Sprintf("the last is %d", c.Last))
	}
	return strings.Join(parts, ", ")
}
