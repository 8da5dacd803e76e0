package job

import (
	"context"
	"log/slog"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

// process is what surrounds the work of a job from its first log line to its
// last: log, HTTP port, status file, and how it ends.
type process struct {
	host
	flags
	censor *censor
	log    *slog.Logger
	report reporter
	board  *board
	// closers undo what open did, in reverse.
	closers []func()
}

// newProcess makes what needs no config.
func newProcess(h host, f flags) *process {
	if f.logAs == logAuto {
		f.logAs = logJSON
		if h.terminal {
			f.logAs = logText
		}
	}
	c := &censor{}
	out := c.writer(h.stderr)
	log := newLog(f.logAs, out)
	return &process{
		host: h, flags: f, censor: c, log: log,
		report: reporter{log: log, format: f.logAs, out: out},
		board: newBoard(jobapi.Status{
			Job: h.build.Job, Version: h.build.Code(), Runtime: h.build.Version, PID: h.pid,
		}, h.now),
	}
}

// open starts what the process says about itself. It comes before the config is
// read, so that a config that is wrong can be asked for over HTTP.
func (p *process) open() error {
	if p.statusFile != "" {
		file := statusFile{path: p.statusFile, board: p.board, log: p.log}
		if err := file.write(); err != nil {
			return &fault.Error{What: "the status file cannot be written", Err: err, Do: "give --status-file a file in a folder that exists", Incurable: true}
		}
		p.closers = append(p.closers, p.keepStatus(file))
	}
	server, addr, err := listen(p.listen, p.board, newMetrics(p.board), p.log)
	if err != nil {
		return &fault.Error{What: "the HTTP port cannot be opened", Err: err, Do: "--listen 127.0.0.1:0 takes a free one"}
	}
	p.closers = append(p.closers, func() { server.Close() })
	p.board.listening(addr)
	p.log.Info("listening", "http", "http://"+addr+pathJob)
	return nil
}

// keepStatus keeps the status file and returns what ends that, with the final
// counts in the file.
func (p *process) keepStatus(file statusFile) func() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		file.keep(ctx)
	}()
	return func() {
		cancel()
		<-done
		if err := file.write(); err != nil {
			p.log.Error("the final status cannot be written", "error", err)
		}
	}
}

// close ends what open started.
func (p *process) close() {
	for len(p.closers) > 0 {
		last := len(p.closers) - 1
		p.closers[last]()
		p.closers = p.closers[:last]
	}
}

// ended makes the outcome known: on the board and, for a failure, in the log.
func (p *process) ended(o outcome) {
	if o.err == nil {
		p.board.enter(o.state, o.reason)
		return
	}
	p.board.enter(o.state, p.censor.clean(o.err.Error()))
	next := ""
	if p.stays(o) {
		next = "no restart cures this: the process stays up, not ready, until it is told to stop (--on-fault exit ends it)"
	}
	p.report.failure(o.err, next)
}

// stays reports whether the process outlives its failure.
func (p *process) stays(o outcome) bool { return o.incurable && p.onFault == stay }
