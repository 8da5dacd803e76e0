package config

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// unit is a unit of a quantity and how many of the smallest one it is.
type unit struct {
	name string
	size int64
}

var errTooMuch = errors.New("it is too much")

// cutQuantity cuts a number and a unit off the front of a text and returns how
// many of the smallest unit they are. Whole numbers are exact; a fraction is
// rounded, and said so.
func cutQuantity(text string, units []unit) (amount int64, exact bool, u unit, rest string, err error) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789."))
	word := text[digits:]
	if end := strings.IndexAny(word, "0123456789. "); end >= 0 {
		word = word[:end]
	}
	for _, u := range units {
		if u.name == word {
			amount, exact, err = times(text[:digits], u.size)
			return amount, exact, u, text[digits+len(word):], err
		}
	}
	switch {
	case text == "":
		err = errors.New("it is empty")
	case digits == 0:
		err = errors.New("it starts with no number")
	case word == "":
		err = fmt.Errorf("it has no unit (%s)", unitNames(units))
	default:
		err = fmt.Errorf("it has an unknown unit (%s)", unitNames(units))
	}
	return 0, false, u, "", err
}

// times multiplies a decimal number with a size.
func times(number string, size int64) (product int64, exact bool, err error) {
	whole, fraction, _ := strings.Cut(number, ".")
	if whole == "" && fraction == "" {
		return 0, false, errors.New("it starts with no number")
	}
	n, err := strconv.ParseUint("0"+whole, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, false, errTooMuch
	}
	part, partErr := strconv.ParseFloat("0."+fraction+"0", 64)
	if err != nil || partErr != nil {
		return 0, false, errors.New("its number has more than one point")
	}
	part *= float64(size)
	high, low := bits.Mul64(n, uint64(size))
	low, carry := bits.Add64(low, uint64(math.Round(part)), 0)
	if high+carry > 0 || low > math.MaxInt64 {
		return 0, false, errTooMuch
	}
	return int64(low), part == math.Round(part), nil
}

func unitNames(units []unit) string {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.name
	}
	return strings.Join(names, ", ")
}
