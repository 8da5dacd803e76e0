// Package conformance is the suite that every connector passes: the contract
// of package connect as tests. A connector's own test says how to make its
// source or sink over a fresh input or target ([Source], [Sink]); what is
// checked, in which order and with which restarts in between, is the same for all.
//
// Only tests import it.
package conformance

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spaas/spaas/runtime/connect"
)

// patience is how long anything that must happen soon may take on a busy machine. A
// variable only for tests.
var patience = 20 * time.Second

// soon is a context for one call that must not hang.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// noLeak fails a test that leaves goroutines behind beside those of now. A
// broker in this process may take its time to notice that a client has gone.
func noLeak(t testing.TB) {
	now := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		left := goleak.Find(now)
		for end := time.Now().Add(patience); left != nil && time.Now().Before(end); {
			left = goleak.Find(now)
		}
		if left != nil {
			t.Error(left)
		}
	})
}

// throughManifest is a value as it comes back from a checkpoint.
func throughManifest[T any](t testing.TB, v T) T {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// values are the values of records as text.
func values(records []connect.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Value))
	}
	return all
}
