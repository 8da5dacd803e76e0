package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/blob/blobtest"
)

// at is a moment of the tests' day: "09:30", or "-1 09:30" for the day before.
func moment(t *testing.T, s string) time.Time {
	t.Helper()
	days := 0
	if n, rest, ok := strings.Cut(s, " "); ok {
		if _, err := fmt.Sscan(n, &days); err != nil {
			t.Fatal(err)
		}
		s = rest
	}
	at, err := time.Parse("15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 11, 24+days, at.Hour(), at.Minute(), 0, 0, time.UTC)
}

func TestRetain(t *testing.T) {
	for _, c := range []struct {
		name  string
		keep  Keep
		taken string // moments, oldest first; s: savepoint, p: pinned
		now   string
		want  string
	}{
		{"nothing asked for: the newest and the one before it", Keep{}, "10:00 10:01 10:02 10:03", "10:03", "10:02 10:03"},
		{"all of an hour", Keep{All: time.Hour}, "08:00 09:00 09:01 09:30 10:00", "10:00", "09:00 09:01 09:30 10:00"},
		{"old ones are the newest", Keep{All: time.Hour}, "-3 08:00 -2 08:00 -1 08:00", "10:00", "-2 08:00 -1 08:00"},
		{"the last of each hour", Keep{Hourly: 3 * time.Hour}, "06:10 06:50 07:00 07:20 07:40 08:30 08:59 09:00 09:50 10:00 10:01", "10:10", "07:40 08:59 09:50 10:00 10:01"},
		{"the last of each day", Keep{Daily: 48 * time.Hour}, "-3 23:00 -2 09:00 -2 23:00 -1 08:00 -1 22:00 00:00 09:00 09:30", "10:00", "-2 23:00 -1 22:00 09:00 09:30"},
		{"all, hourly and daily", Keep{time.Hour, 5 * time.Hour, 48 * time.Hour}, "-2 20:00 -2 21:00 -1 20:00 -1 21:00 06:00 06:30 08:00 08:30 09:10 09:20 10:00", "10:00",
			"-2 21:00 -1 21:00 06:30 08:30 09:10 09:20 10:00"},
		{"savepoints and pinned ones", Keep{}, "-3 08:00s -2 08:00 -1 08:00p 09:00 09:01 09:02", "10:00", "-3 08:00s -1 08:00p 09:01 09:02"},
		{"an age on the edge", Keep{All: time.Hour}, "08:59 09:00 09:30 10:00", "10:00", "09:00 09:30 10:00"},
		{"a clock that was set back", Keep{All: time.Hour}, "11:00 11:30 09:00 09:01", "10:00", "11:00 11:30 09:00 09:01"},
		{"none at all", Keep{All: time.Hour}, "", "10:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h history
			for i, s := range splitMoments(c.taken) {
				e := entry{Number: uint64(i + 1), Identity: s, Parent: h.Tip}
				e.Savepoint, e.Pinned = strings.HasSuffix(s, "s"), strings.HasSuffix(s, "p")
				e.At = moment(t, strings.TrimRight(s, "sp"))
				h.Checkpoints = append(h.Checkpoints, e)
				h.Tip = s
			}
			var got []string
			for _, e := range c.keep.retain(&h, moment(t, c.now)) {
				got = append(got, e.Identity)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("kept %s\nwant %s", strings.Join(got, " "), c.want)
			}
		})
	}
}

// splitMoments splits at the space before each moment; the one of a moment of
// another day is part of it.
func splitMoments(s string) (all []string) {
	for f := range strings.FieldsSeq(s) {
		if n := len(all); n > 0 && strings.HasPrefix(all[n-1], "-") && !strings.Contains(all[n-1], " ") {
			all[n-1] += " " + f
		} else {
			all = append(all, f)
		}
	}
	return all
}

// After a rewind the lineage that was left ages like everything else, and what
// the job is on now is never let go.
func TestRetainAfterRewind(t *testing.T) {
	at := moment(t, "10:00")
	h := history{Tip: "k", Checkpoints: []entry{
		{Identity: "j", At: at}, {Identity: "k", Parent: "j", At: at}, {Identity: "l", Parent: "k", At: at}, {Identity: "m", Parent: "l", At: at},
	}}
	if got := identities(Keep{}.retain(&h, at.Add(time.Hour))); got != "j k" {
		t.Errorf("kept %s", got)
	}
	h.Tip, h.RewindTo = "m", "j"
	if got := identities(Keep{}.retain(&h, at.Add(time.Hour))); got != "j l m" {
		t.Errorf("kept %s", got)
	}
}

func identities(all []entry) string {
	var s []string
	for _, e := range all {
		s = append(s, e.Identity)
	}
	return strings.Join(s, " ")
}

// More time or less to keep never takes what savepoints and the lineage need,
// and what is kept once more is kept the same.
func TestRetainRapid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 100).Draw(t, name)) * time.Hour
		}
		k := Keep{hours("all"), hours("hourly"), hours("daily")}
		now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		var h history
		at := now.Add(-200 * time.Hour)
		for n := range rapid.IntRange(0, 60).Draw(t, "checkpoints") {
			at = at.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "minutes")) * time.Minute)
			e := entry{Number: uint64(n), Identity: fmt.Sprint(n), Parent: h.Tip, At: at, Savepoint: rapid.IntRange(0, 9).Draw(t, "savepoint") == 0}
			h.Checkpoints, h.Tip = append(h.Checkpoints, e), e.Identity
		}
		kept := k.retain(&h, now)
		after := h
		after.Checkpoints = kept
		if again := k.retain(&after, now); identities(again) != identities(kept) {
			t.Fatalf("kept %s, then %s", identities(kept), identities(again))
		}
		more := Keep{k.All + time.Hour, k.Hourly + time.Hour, k.Daily + time.Hour}.retain(&h, now)
		for _, e := range kept {
			if !slices.Contains(more, e) {
				t.Fatalf("%s is kept, but not when more is", e.Identity)
			}
		}
		for _, e := range h.Checkpoints {
			needed := e.Savepoint || e.Identity == h.Tip || h.find(h.Tip).Parent == e.Identity || now.Sub(e.At) <= k.All
			if needed && !slices.Contains(kept, e) {
				t.Fatalf("%s is let go", e.Identity)
			}
		}
	})
}

// A job that runs for days keeps what it was told to, and its store does not grow.
func TestDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := blobtest.NewMemory(), newFakeSink()
		j := mustStart(t, store, sink, func(o *Options) {
			o.Every, o.Keep = 10*time.Minute, Keep{All: time.Hour, Hourly: 6 * time.Hour, Daily: 72 * time.Hour}
		})
		saved, err := j.Savepoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5*24*time.Hour + 30*time.Minute)
		for _, folder := range []struct {
			name string
			most int
		}{{logFolder, 20}, {manifestFolder, 40}, {stateFolder, 40}} {
			infos, err := store.List(t.Context(), folder.name)
			if err != nil || len(infos) > folder.most {
				t.Errorf("%s holds %d blobs after five days, %v", folder.name, len(infos), err)
			}
		}
		if err := j.end(); err != nil {
			t.Fatal(err)
		}
		h, err := (&decisionLog{store: store}).read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		classes := map[string]int{}
		for i := range h.Checkpoints {
			e := &h.Checkpoints[i]
			switch age := now.Sub(e.At); {
			case e.Savepoint:
				classes["savepoint"]++
			case age <= time.Hour:
				classes["all"]++
			case age <= 6*time.Hour && e.At.Minute() == 50:
				classes["hourly"]++
			case age <= 72*time.Hour && e.At.Minute() == 50 && e.At.Hour() == 23:
				classes["daily"]++
			default: // will go with the next sweep
				classes["left"]++
			}
		}
		if classes["savepoint"] != 1 || classes["all"] < 6 || classes["hourly"] < 5 || classes["daily"] != 2 || classes["left"] > 16+1 {
			t.Errorf("%v", classes)
		}
		if m := manifestOf(t, store, saved); !m.Savepoint {
			t.Errorf("%+v", m)
		}
		if err := recovered(t, store, sink); err != nil {
			t.Error(err)
		}
	})
}

// What is older than the newest checkpoint and shared with none goes; what an
// older file is still needed for stays.
func TestSweepKeepsSharedFiles(t *testing.T) {
	store := blobtest.NewMemory()
	m := manifests{store, "j"}
	h := history{Generation: 2, Term: 3, Base: 7}
	// Checkpoints 1 to 5; each needs its own file and that of the checkpoint two before.
	name := func(n uint64) string { return filePrefix(identity{n, 2, 3, "abc"}.String(), 0, theTask) + "x" }
	put := func(name string) {
		if err := store.Create(t.Context(), name, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	for n := uint64(1); n <= 6; n++ {
		put(name(n))
		if n == 6 {
			break // in the making
		}
		id := identity{n, 2, 3, "abc"}.String()
		manifest := &Manifest{Job: "j", Identity: id, Operators: map[string][]OperatorSnapshot{"o": {{Files: []File{{Name: name(n), Size: 1}}}}}}
		if n > 2 {
			manifest.Operators["o"][0].Files = append(manifest.Operators["o"][0].Files, File{Name: name(n - 2), Size: 1})
		}
		f, err := m.write(t.Context(), manifest)
		if err != nil {
			t.Fatal(err)
		}
		h.Tip = id
		h.Checkpoints = append(h.Checkpoints, entry{Number: n, Identity: id, Generation: 2, Manifest: f})
	}
	older, newer, alien := identity{9, 1, 1, "abc"}.String(), identity{1, 3, 4, "abc"}.String(), "state/notes.txt"
	for _, s := range []string{stateFolder + older + "-0-x-0-x", stateFolder + newer + "-0-x-0-x", alien, manifestName(older), manifestName(newer),
		logName(5), logName(6), logName(7), "log/notes", "control.json"} {
		put(s)
	}
	h.Checkpoints = h.Checkpoints[3:] // 4 and 5
	s := &sweeper{store: store, manifests: m}
	if _, err := s.sweep(t.Context(), &h); err != nil {
		t.Fatal(err)
	}
	infos, err := store.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range infos {
		got = append(got, i.Name)
	}
	want := []string{
		"control.json", logName(7), "log/notes",
		manifestName(newer), h.Checkpoints[0].Manifest.Name, h.Checkpoints[1].Manifest.Name,
		stateFolder + newer + "-0-x-0-x", name(2), name(3), name(4), name(5), name(6), alien,
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("left\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A sweep that fails or ends anywhere leaves a store that the job starts from,
// and that a later sweep makes tidy.
func TestSweepIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for k := range 60 {
			store, sink := blobtest.NewMemory(), newFakeSink()
			j := mustStart(t, store, sink, func(o *Options) { o.Every = time.Second })
			time.Sleep(14500 * time.Millisecond) // with one sweep, at the start
			if err := j.end(); err != nil {
				t.Fatal(err)
			}
			h, err := (&decisionLog{store: store}).read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			h.Checkpoints = h.Checkpoints[len(h.Checkpoints)-2:]
			kept := h.clone()
			log := &decisionLog{store: store, now: time.Now}
			r, err := log.append(t.Context(), 0, record{Number: h.Head + 1, Kind: kindKept, Term: h.Term, Kept: &kept})
			if err == nil {
				err = h.apply(r)
			}
			if err != nil {
				t.Fatal(err)
			}
			faults := blobtest.NewFaults(store, func(op blobtest.Op) (blobtest.When, error) {
				if op.N != k {
					return blobtest.Works, nil
				}
				return []blobtest.When{blobtest.Fails, blobtest.CrashBefore, blobtest.CrashAfter}[k%3], errors.New("failed on purpose")
			})
			s := &sweeper{store: faults, manifests: manifests{faults, "test/numbers"}}
			if _, err := s.sweep(context.Background(), &h); err == nil && k < faults.Ops() {
				t.Errorf("operation %d fails, and the sweep does not say so", k)
			}
			if err := recovered(t, store, sink); err != nil {
				t.Fatalf("operation %d: %v", k, err)
			}
		}
	})
}
