package config

import "testing"

func TestAgree(t *testing.T) {
	s := side{
		kind: "sink", call: ".To",
		asked:  map[string][]string{"counts": {"pipeline.go:9"}, "cuonts-file": {"pipeline.go:10", "pipeline.go:12"}},
		given:  map[string]string{"counts": "spaas.yaml:20:3", "counts-file": "spaas.yaml:24:3", "rejects": "spaas.yaml:28:3"},
		needed: map[string]bool{"rejects": true}, // only {on_error: {to: rejects}} names it
	}
	want := `pipeline.go:10, pipeline.go:12: the code names sink "cuonts-file", which is not in the config (did you mean "counts-file"?) (the config has counts, counts-file, rejects; add sinks.cuonts-file to spaas.yaml)
spaas.yaml:24:3: sink "counts-file" is in the config, but the code never names it (did you mean "cuonts-file"?) (name it in Build with .To, or take it out of spaas.yaml)`
	if got := s.agree().Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	s.partial = true // Build returned early: what it did not get to may be in the config
	if n := len(s.agree()); n != 1 {
		t.Errorf("%d faults of half a graph, want one", n)
	}
	s.partial = false
	s.asked["counts-file"] = s.asked["cuonts-file"]
	delete(s.asked, "cuonts-file")
	if err := s.agree().Err(); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	if got := (side{kind: "source", asked: map[string][]string{"in": {"a.go:1"}}}).agree().Error(); got != `a.go:1: the code names source "in", which is not in the config (the config has no sources; add sources.in to spaas.yaml)` {
		t.Errorf("got: %s", got)
	}
}
