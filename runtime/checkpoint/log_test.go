package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spaas/spaas/pkg/blob/blobtest"
)

var update = flag.Bool("update", false, "write the goldens anew")

// oneOfEach is a log that holds every kind of record, and a manifest.
func oneOfEach() ([]record, Manifest) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	first := entry{
		Number: 1, Identity: "00000001-g1-t1-k3j2m6yq7a", Generation: 1, At: at, Savepoint: true, Output: true, Bytes: 4610,
		Manifest: File{"manifests/00000001-g1-t1-k3j2m6yq7a.json", 512, "5f0c"},
	}
	second := first
	second.Number, second.Identity, second.Parent = 3, "00000003-g1-t1-k3j2m6yq7a", first.Identity
	second.Savepoint, second.Ended, second.Manifest.Name = false, true, "manifests/00000003-g1-t1-k3j2m6yq7a.json"
	third := second
	third.Number, third.Identity, third.Parent, third.Generation = 4, "00000004-g2-t2-aaaaaaaaaa", second.Identity, 2
	records := []record{
		{Kind: kindTerm},
		{Kind: kindGeneration, Generation: &generation{Number: 1, First: 1, Graph: "9c1e", KeyGroups: 128, Parallelism: 2}},
		{Kind: kindDecided, Checkpoint: &first},
		{Kind: kindAbandoned, Abandoned: &abandoned{2, "counts, subtask 0: no slot is free"}},
		{Kind: kindDecided, Checkpoint: &second},
		{Kind: kindResolved, Subject: second.Identity},
		{Kind: kindTerm},
		{Kind: kindGeneration, Generation: &generation{Number: 2, Restored: second.Identity, First: 4, Graph: "9c1e", KeyGroups: 128, Parallelism: 2}},
		{Kind: kindDecided, Checkpoint: &third},
		{Kind: kindVoid, Subject: third.Identity, Reason: "nothing of its output can be committed any more"},
		{Kind: kindPin, Subject: first.Identity, Reason: "incident 31"},
		{Kind: kindRewind, Subject: first.Identity, Reason: "bad deploy"},
		{Kind: kindGeneration, Generation: &generation{Number: 3, Restored: first.Identity, First: 6, Graph: "9c1e", KeyGroups: 128, Parallelism: 2}},
		{Kind: kindKept},
	}
	var h history
	for i := range records {
		r := &records[i]
		if r.Term = h.Term; r.Kind == kindTerm {
			r.Term++
		}
		r.Number, r.Nonce, r.At, r.By = uint64(i+1), "K3J2M6YQ7AXXXXXXXXXXXXXXXX", at, Owner{"host-7", 4711, "3f2c9d1"}
		if r.Kind == kindKept {
			kept := h.clone()
			r.Kept = &kept
		}
		if err := h.apply(r); err != nil {
			panic(err)
		}
	}
	manifest := Manifest{
		Format: 1, Job: "shop/counts", Checkpoint: 1, Identity: first.Identity, Term: 1, Generation: 1, At: at,
		Graph: "9c1e", KeyGroups: 128, Parallelism: 2, Savepoint: true,
		Sources: map[string][]SplitState{"clicks": {{ID: "clicks/0", Split: json.RawMessage(`{"id":"clicks/0","next":42}`), Watermark: 7}}},
		Operators: map[string][]OperatorSnapshot{"counts": {{
			From: 0, To: 128, Watermark: 7,
			States: []StateSchema{{"panes", "panes", "h1", json.RawMessage(`"string"`), json.RawMessage(`"long"`)}},
			Files:  []File{{"state/00000001-g1-t1-k3j2m6yq7a-0-counts-0-panes", 4098, "77aa"}},
		}}},
		Committables: map[string][]json.RawMessage{"out": {json.RawMessage(`{"deployment":"shop/counts","data":"e30="}`)}},
	}
	return records, manifest
}

// What is written today must be readable for ever: the golden is only ever
// added to, unless the format gets a new version.
func TestFormat(t *testing.T) {
	records, manifest := oneOfEach()
	var got bytes.Buffer
	for _, r := range records {
		data, err := sealed(recordSeal, &r)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(data)
		back, err := unsealed[record](recordSeal, data)
		if err != nil || !reflect.DeepEqual(*back, r) {
			t.Errorf("%+v came back as %+v, %v", r, back, err)
		}
	}
	data, err := sealed(manifestSeal, &manifest)
	if err != nil {
		t.Fatal(err)
	}
	got.Write(data)
	back, err := unsealed[Manifest](manifestSeal, data)
	if err != nil || !reflect.DeepEqual(*back, manifest) {
		t.Errorf("%+v came back as %+v, %v", manifest, back, err)
	}
	const golden = "testdata/format1.jsonl"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got.Bytes(), want)
	}
}

// A record that is not as a coordinator writes them is told, not obeyed.
func TestHistoryRefuses(t *testing.T) {
	records, _ := oneOfEach()
	change := func(number int, change func(r *record)) []record {
		all := slices.Clone(records)
		r := &all[number-1]
		if r.Generation != nil {
			g := *r.Generation
			r.Generation = &g
		}
		if r.Checkpoint != nil {
			e := *r.Checkpoint
			r.Checkpoint = &e
		}
		change(r)
		return all
	}
	for _, c := range []struct {
		records []record
		says    string
	}{
		{change(1, func(r *record) { r.Number = 2 }), "record 2 follows record 0"},
		{change(1, func(r *record) { r.Term = 2 }), "term 2 follows term 0"},
		{change(2, func(r *record) { r.Term = 2 }), "a record of term 2 follows one of term 1"},
		{change(2, func(r *record) { r.Generation = nil }), `has no field "generation"`},
		{change(2, func(r *record) { r.Generation.Number = 7 }), "generation 7 follows generation 0"},
		{change(2, func(r *record) { r.Generation.First = 0 }), "begins with checkpoint 0, which may have been triggered before"},
		{change(2, func(r *record) { r.Generation.Restored = "x" }), `restored checkpoint "x", not ""`},
		{change(3, func(r *record) { r.Checkpoint = nil }), `has no field "checkpoint"`},
		{change(3, func(r *record) { r.Checkpoint.Number = 2 }), "checkpoint 2 is decided on, but it cannot be"},
		{change(3, func(r *record) { r.Checkpoint.Generation = 2 }), "is of generation 2, not 1"},
		{change(4, func(r *record) { r.Abandoned = nil }), `has no field "abandoned"`},
		{change(4, func(r *record) { r.Abandoned = &abandoned{1, "again"} }), "checkpoint 1 is decided on, but it cannot be: the last was 1"},
		{change(5, func(r *record) { r.Checkpoint.Number = 2 }), "checkpoint 2 is decided on, but it cannot be"},
		{change(5, func(r *record) { r.Checkpoint.Parent = "" }), `follows "", but the newest is "00000001-g1-t1-k3j2m6yq7a"`},
		{change(6, func(r *record) { r.Subject = "" }), `has no field "subject"`},
		{change(6, func(r *record) { r.Subject = records[2].Checkpoint.Identity }), "is resolved, but the newest is 00000003-g1-t1-k3j2m6yq7a"},
		{change(6, func(r *record) { r.Kind, r.Subject = kindVoid, records[2].Checkpoint.Identity }), "is void, but it was resolved"},
		{change(11, func(r *record) { r.Subject = "00000009" }), "is about checkpoint 00000009, which is not there"},
		{change(11, func(r *record) { r.Kind = "layout" }), `kind "layout" is of a newer version of spaas`},
		{change(13, func(r *record) { r.Generation.Restored = "" }), `restored checkpoint "", not "00000001-g1-t1-k3j2m6yq7a"`},
		{change(14, func(r *record) { r.Kept = nil }), `has no field "kept"`},
		{change(14, func(r *record) { r.Term = 3 }), "a record of term 3 holds the history of term 2"},
	} {
		var h history
		var err error
		for i := range c.records {
			if err = h.apply(&c.records[i]); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

// Of attempts whose answer was lost the log says which of them stands.
func TestAppendAgain(t *testing.T) {
	store := blobtest.NewMemory()
	var how blobtest.When
	log := &decisionLog{now: time.Now, store: blobtest.NewFaults(store, func(op blobtest.Op) (blobtest.When, error) {
		if op.Kind == "create" {
			return how, errors.New("no answer")
		}
		return blobtest.Works, nil
	})}
	term := record{Number: 1, Kind: kindTerm, Term: 1}
	how = blobtest.FailsAfter // the second attempt within append finds the first
	if r, err := log.append(t.Context(), 0, term); err != nil || r.Kind != kindTerm {
		t.Fatal(r, err)
	}
	how = blobtest.Fails
	decided := record{Number: 2, Kind: kindDecided, Term: 1, Checkpoint: &entry{Number: 1}}
	if _, err := log.append(t.Context(), 0, decided); err == nil {
		t.Fatal("nothing was written, and it does not say so")
	}
	// It lands after all, before what is tried in its place.
	late := decided
	late.Nonce = log.tried[0]
	data, err := sealed(recordSeal, &late)
	if err != nil || store.Create(t.Context(), logName(2), bytes.NewReader(data)) != nil {
		t.Fatal(err)
	}
	how = blobtest.Works
	gaveUp := record{Number: 2, Kind: kindAbandoned, Term: 1, Abandoned: &abandoned{1, "too late"}}
	if r, err := log.append(t.Context(), 0, gaveUp); err != nil || r.Kind != kindDecided {
		t.Errorf("it stands as %+v, %v; it was decided", r, err)
	}
	// Another process is not believed to be this one.
	other := &decisionLog{store: store, now: time.Now}
	if _, err := other.append(t.Context(), 0, gaveUp); !errors.Is(err, errTaken) {
		t.Error(err)
	}
}

// A blob of any content is a document or an error, never a panic, and what is
// taken for a record is one.
func FuzzUnsealed(f *testing.F) {
	records, manifest := oneOfEach()
	add := func(data []byte, err error) {
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, r := range records {
		add(sealed(recordSeal, &r))
		add(json.Marshal(r))
	}
	add(sealed(manifestSeal, &manifest))
	add(json.Marshal(manifest))
	f.Fuzz(func(t *testing.T, data []byte) {
		all := [][]byte{data}
		// With the right seal the content gets further.
		for _, what := range []string{recordSeal, manifestSeal} {
			raw := json.RawMessage(data)
			if data, err := sealed(what, &raw); err == nil {
				all = append(all, data)
			}
		}
		for _, data := range all {
			if r, err := unsealed[record](recordSeal, data); err == nil {
				var h history
				_ = h.apply(r)
				again, err := sealed(recordSeal, r)
				if err != nil {
					t.Fatal(err)
				}
				if back, err := unsealed[record](recordSeal, again); err != nil || back.Number != r.Number || back.Kind != r.Kind {
					t.Fatalf("%+v came back as %+v, %v", r, back, err)
				}
			}
			if m, err := unsealed[Manifest](manifestSeal, data); err == nil {
				_ = m.size()
			}
		}
	})
}
