package fault

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"blackhole", "file", "generator", "kafka", "stdout"}
	for word, want := range map[string]string{
		"kafak":     "kafka", // two letters swapped
		"kafk":      "kafka",
		"fil":       "file",
		"genrator":  "generator",
		"stdoout":   "stdout",
		"elastic":   "",
		"":          "",
		"x":         "",
		"kafka":     "kafka",
		"GENERATOR": "",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("nearest to %q: %q, want %q", word, got, want)
		}
	}
	if got, want := DidYouMean("kafak", names), `did you mean "kafka"?`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := DidYouMean("elastic", names); got != "" {
		t.Errorf("%q, want nothing", got)
	}
}
