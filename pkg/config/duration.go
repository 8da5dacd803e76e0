package config

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Duration is a length of time in the config: "1m30s", "6h", "2d", "1w". It is
// never negative.
type Duration time.Duration

// Std is the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// durationUnits are the units from long to short; a day is always 24 hours.
var durationUnits = []unit{
	{"w", 7 * 24 * int64(time.Hour)},
	{"d", 24 * int64(time.Hour)},
	{"h", int64(time.Hour)},
	{"m", int64(time.Minute)},
	{"s", int64(time.Second)},
	{"ms", int64(time.Millisecond)},
	{"us", int64(time.Microsecond)},
	{"ns", int64(time.Nanosecond)},
}

// ParseDuration reads numbers with units, each shorter than the one before:
// "90s", "1d12h", "1.5h". Only "0" needs no unit.
func ParseDuration(text string) (Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if strings.HasPrefix(text, "-") {
		return 0, errors.New("it is never negative")
	}
	total, last := int64(0), int64(math.MaxInt64)
	for rest := text; rest != "" || text == ""; {
		amount, _, u, after, err := cutQuantity(rest, durationUnits)
		switch {
		case err != nil:
			return 0, err
		case u.size >= last:
			return 0, fmt.Errorf("%s comes after a unit that is not longer", u.name)
		case total > math.MaxInt64-amount:
			return 0, errTooMuch
		}
		total, rest, last = total+amount, after, u.size
	}
	return Duration(total), nil
}

// String is the text that [ParseDuration] reads as d, in the longest units up
// to days: "1d12h" for 36 hours, "14d" for two weeks.
func (d Duration) String() string {
	if d <= 0 {
		return time.Duration(d).String() // "0s"
	}
	var b strings.Builder
	rest := int64(d)
	for _, u := range durationUnits[1:] {
		if n := rest / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			rest %= u.size
		}
	}
	return b.String()
}
