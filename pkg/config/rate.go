package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Rate is a number of records a second in the config: "1000", "100/s",
// "90/min", "20/h".
type Rate float64

// rateUnits are what a rate can be per, in seconds.
var rateUnits = []unit{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}}

// ParseRate reads a number, which is per second, or a number per s, min, h or d.
func ParseRate(text string) (Rate, error) {
	amount, per, slash := strings.Cut(text, "/")
	number, err := strconv.ParseFloat(amount, 64)
	switch {
	case err != nil || math.IsInf(number, 0) || math.IsNaN(number):
		return 0, errors.New("it starts with no number")
	case math.Signbit(number):
		return 0, errors.New("it is never negative")
	case !slash:
		return Rate(number), nil
	}
	for _, u := range rateUnits {
		if u.name == per {
			return Rate(number / float64(u.size)), nil
		}
	}
	return 0, errors.New("it is per s, min, h or d")
}

// String is a text that [ParseRate] reads as r, in the shortest unit that makes
// it a whole number: "100/min".
func (r Rate) String() string {
	for _, u := range rateUnits {
		size := float64(u.size)
		if n := math.Round(float64(r) * size); n > 0 && n < 1e15 && n/size == float64(r) {
			return strconv.FormatFloat(n, 'f', -1, 64) + "/" + u.name
		}
	}
	return strconv.FormatFloat(float64(r), 'g', -1, 64) + "/s"
}
