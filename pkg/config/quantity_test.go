package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDuration(t *testing.T) {
	day := 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "90s": 90 * time.Second, "1m30s": 90 * time.Second, "2d": 2 * day, "1w": 7 * day,
		"1w2d": 9 * day, "1.5h": 90 * time.Minute, "100ms": 100 * time.Millisecond, "7us": 7 * time.Microsecond,
		".5s": 500 * time.Millisecond, "106751d": 106751 * day,
	} {
		if got, err := ParseDuration(text); err != nil || got.Std() != want {
			t.Errorf("%q: %v, %v; want %v", text, got.Std(), err, want)
		}
	}
	refused(t, ParseDuration, map[string]string{
		"":                      "it is empty",
		"5":                     "it has no unit (w, d, h, m, s, ms, us, ns)",
		"5 m":                   "it has no unit (w, d, h, m, s, ms, us, ns)",
		"5M":                    "it has an unknown unit (w, d, h, m, s, ms, us, ns)",
		"m":                     "it starts with no number",
		"-5m":                   "it is never negative",
		"1m1h":                  "h comes after a unit that is not longer",
		"1m1m":                  "m comes after a unit that is not longer",
		"1.2.3s":                "its number has more than one point",
		".s":                    "it starts with no number",
		"5m ":                   "it starts with no number",
		"106752d":               "it is too much",
		"106751d1000h":          "it is too much",
		"99999999999999999999s": "it is too much",
	})
}

func TestParseByteSize(t *testing.T) {
	for text, want := range map[string]ByteSize{
		"0": 0, "4096": 4096, "512MiB": 512 << 20, "10GB": 10e9, "1.5GiB": 3 << 29, "0.5KB": 500, "7B": 7, "2TiB": 2 << 40, "1TB": 1e12,
	} {
		if got, err := ParseByteSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	const units = "(TiB, TB, GiB, GB, MiB, MB, KiB, KB, B)"
	refused(t, ParseByteSize, map[string]string{
		"":           "it is empty",
		"512M":       "it has an unknown unit " + units,
		"1.5":        "it has no unit " + units,
		"-1":         "it starts with no number",
		"1.5B":       "it is no whole number of bytes",
		"1MiB1KB":    "something follows the unit",
		"8388608TiB": "it is too much",
	})
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{
		"0": 0, "1000": 1000, "100/s": 100, "90/min": 1.5, "1800/h": 0.5, "86400/d": 1, "0.5": 0.5, "1e3": 1000,
	} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("%q: %g, %v; want %g", text, float64(got), err, float64(want))
		}
	}
	refused(t, ParseRate, map[string]string{
		"":      "it starts with no number",
		"/s":    "it starts with no number",
		"-1/s":  "it is never negative",
		"1/sec": "it is per s, min, h or d",
		"Inf":   "it starts with no number",
		"NaN":   "it starts with no number",
	})
}

func refused[T any](t *testing.T, parse func(string) (T, error), texts map[string]string) {
	t.Helper()
	for text, want := range texts {
		if got, err := parse(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v; want the error %q", text, got, err, want)
		}
	}
}

// What is written is read as the same.
func TestQuantitiesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Min(0).Draw(t, "duration"))
		if got, err := ParseDuration(d.String()); err != nil || got != d {
			t.Fatalf("%d is written %s and read %d, %v", d, d, got, err)
		}
		s := ByteSize(rapid.Int64Min(0).Draw(t, "size"))
		if got, err := ParseByteSize(s.String()); err != nil || got != s {
			t.Fatalf("%d is written %s and read %d, %v", int64(s), s, int64(got), err)
		}
		r := Rate(rapid.Float64Range(0, 1e12).Draw(t, "rate"))
		if rapid.Bool().Draw(t, "per minute") {
			r = Rate(float64(rapid.IntRange(0, 1_000_000).Draw(t, "n")) / 60)
		}
		if got, err := ParseRate(r.String()); err != nil || got != r {
			t.Fatalf("%g is written %s and read %g, %v", float64(r), r, float64(got), err)
		}
	})
}

// What is written is what a person would write.
func TestQuantitiesAreWrittenShort(t *testing.T) {
	for want, got := range map[string]interface{ String() string }{
		"1d12h": Duration(36 * time.Hour), "14d": Duration(14 * 24 * time.Hour), "1m30s": Duration(90 * time.Second),
		"0s": Duration(0), "1h": Duration(time.Hour), "1ms": Duration(time.Millisecond),
		"512MiB": ByteSize(512 << 20), "10GB": ByteSize(10e9), "4KiB": ByteSize(4096), "1000001": ByteSize(1000001), "1KB": ByteSize(1000), "0": ByteSize(0),
		"100/min": Rate(100.0 / 60), "1000/s": Rate(1000), "1/d": Rate(1.0 / 86400), "0/s": Rate(0),
	} {
		if got.String() != want {
			t.Errorf("%s is written %s", want, got)
		}
	}
}
