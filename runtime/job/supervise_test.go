package job

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/pkg/jobapi"
)

func TestWatch(t *testing.T) {
	lost := errors.New("broker gone")
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	tests := []struct {
		name    string
		arrange func(e *fakeEngine, tell context.CancelCauseFunc)
		stopped string
		says    string // of the error; empty: none
		asked   string
	}{
		{"the input ends", func(e *fakeEngine, _ context.CancelCauseFunc) { e.ended <- nil }, "", "", ""},
		{"the engine fails", func(e *fakeEngine, _ context.CancelCauseFunc) { e.ended <- lost }, "", "broker gone", ""},
		{"a signal", func(_ *fakeEngine, tell context.CancelCauseFunc) { tell(errSignalled) }, "told to stop", "", "stop"},
		{"a signal, and the final checkpoint hangs", func(e *fakeEngine, tell context.CancelCauseFunc) {
			e.stop = hang
			e.checkpoint(41)
			tell(errSignalled)
		}, "told to stop", "was not reached within 1m0s: context deadline exceeded (nothing is lost: the next start goes on from checkpoint 41)", "stop"},
		{"a signal, and there never was a checkpoint", func(e *fakeEngine, tell context.CancelCauseFunc) {
			e.stop = hang
			tell(errSignalled)
		}, "told to stop", "reads everything again", "stop"},
		{"a signal, and the engine fails over it", func(e *fakeEngine, tell context.CancelCauseFunc) {
			e.stop = func(context.Context) error { return lost }
			tell(errSignalled)
		}, "told to stop", "broker gone", "stop"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newFakeEngine()
				told, tell := context.WithCancelCause(t.Context())
				defer tell(nil)
				tt.arrange(e, tell)
				stopped, err := newSupervisor(e, newBoard(jobapi.Status{}, noon), time.Minute).watch(told)
				if stopped != tt.stopped {
					t.Errorf("stopped %q, want %q", stopped, tt.stopped)
				}
				if got := e.took(); got != tt.asked {
					t.Errorf("the engine was asked %q, want %q", got, tt.asked)
				}
				if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want %q", err, tt.says)
				}
				e.ended <- nil // lets Wait return, where the run was given up
			})
		})
	}
}

func TestBoardStates(t *testing.T) {
	b := newBoard(jobapi.Status{}, noon)
	check := func(ready bool, why string) {
		t.Helper()
		if ok, got := b.ready(); ok != ready || got != why {
			t.Errorf("ready %v, %q; want %v, %q", ok, got, ready, why)
		}
	}
	check(false, "starting: reading the config")
	b.enter(jobapi.Running, "")
	check(true, "running")
	b.enter(jobapi.Paused, "asked")
	check(true, "paused")
	b.enter(jobapi.Stopping, "told to stop by SIGTERM")
	check(false, "stopping: told to stop by SIGTERM")
	b.enter(jobapi.Paused, "answered late") // must not hide that it stops
	check(false, "stopping: told to stop by SIGTERM")
	b.enter(jobapi.Failed, "no room")
	check(false, "failed: no room")
	b.enter(jobapi.Running, "")
	check(false, "failed: no room")
}

func TestJudge(t *testing.T) {
	away := errors.New("brokers away")
	var incurable error = &fault.Error{What: "offsets are gone", Incurable: true}
	tests := []struct {
		name    string
		at      stage
		err     error
		stopped string
		want    outcome
	}{
		{"stopped", working, nil, "told", outcome{state: jobapi.Stopped, reason: "told"}},
		{"finished", working, nil, "", outcome{state: jobapi.Finished}},
		{"told to stop while preparing", preparing, errSignalled, "", outcome{state: jobapi.Stopped, reason: "told to stop before it had started"}},
		{"brokers away", working, away, "", outcome{state: jobapi.Failed, err: away, code: codeFailed}},
		{"brokers away at start", preparing, away, "", outcome{state: jobapi.Failed, err: away, code: codeFailed}},
		{"wrong config", preparing, incurable, "", outcome{state: jobapi.Failed, err: incurable, code: codeUsage, incurable: true}},
		{"offsets gone", working, incurable, "", outcome{state: jobapi.Failed, err: incurable, code: codeRefused, incurable: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := judge(tt.at, tt.err, tt.stopped); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
