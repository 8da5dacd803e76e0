package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// expressions are what a field can be, for error messages.
const expressions = "time, seq, one_of(a,b), int(1,9), float(0,1), string(8)"

// maxString is the length of the longest string(n).
const maxString = 1 << 20

// field is one field of every record.
type field struct {
	name, text string
	salt       salt
	// Between them stands the value; what separates it from its neighbours is
	// part of before.
	before, after string
	value         value
}

// value appends a field's value at position n, given a random number of its own.
type value func(dst []byte, p *Plan, n int64, draw uint64) []byte

// parseField reads an expression.
func parseField(seed uint64, name, text string, n notation) (field, error) {
	f := field{name: name, text: text, salt: newSalt(seed, "field "+name), before: n.key(name)}
	verb, rest, called := strings.Cut(strings.TrimSpace(text), "(")
	rest, closed := strings.CutSuffix(rest, ")")
	var args []string
	if strings.TrimSpace(rest) != "" {
		for arg := range strings.SplitSeq(rest, ",") {
			args = append(args, strings.TrimSpace(arg))
		}
	}
	var err error
	if called != closed {
		err = errors.New("parentheses do not match")
	} else {
		f.value, err = valueOf(strings.TrimSpace(verb), args, n)
	}
	if err != nil {
		return f, refused("fields."+name, "a field is one of "+expressions, "%q: %w", text, err)
	}
	if verb == "time" || verb == "string" {
		f.before, f.after = f.before+n.mark, n.mark
	}
	return f, nil
}

func valueOf(verb string, args []string, n notation) (value, error) {
	want, known := map[string]int{"time": 0, "seq": 0, "int": 2, "float": 2, "string": 1, "one_of": len(args)}[verb]
	switch {
	case !known:
		return nil, fmt.Errorf("there is no %q", verb)
	case len(args) != want:
		return nil, fmt.Errorf("%s takes %d values, not %d", verb, want, len(args))
	}
	switch verb {
	case "int":
		return ints(args)
	case "float":
		return floats(args)
	case "string":
		return letters(args[0])
	case "one_of":
		return oneOf(args, n)
	case "time":
		return func(dst []byte, p *Plan, n int64, _ uint64) []byte {
			return time.Unix(0, p.Time(n)).UTC().AppendFormat(dst, time.RFC3339Nano)
		}, nil
	default: // seq
		return func(dst []byte, _ *Plan, n int64, _ uint64) []byte { return strconv.AppendInt(dst, n, 10) }, nil
	}
}

// ints draws whole numbers, both ends included.
func ints(args []string) (value, error) {
	low, err1 := strconv.ParseInt(args[0], 10, 64)
	high, err2 := strconv.ParseInt(args[1], 10, 64)
	switch {
	case err1 != nil || err2 != nil:
		return nil, errors.New("int takes two whole numbers")
	case low > high || uint64(high)-uint64(low) > math.MaxInt64:
		return nil, fmt.Errorf("there is no range from %d to %d", low, high)
	}
	width := uint64(high-low) + 1
	return func(dst []byte, _ *Plan, _ int64, draw uint64) []byte {
		return strconv.AppendInt(dst, low+int64(below(draw, width)), 10)
	}, nil
}

// floats draws numbers with four digits after the point.
func floats(args []string) (value, error) {
	low, err1 := strconv.ParseFloat(args[0], 64)
	high, err2 := strconv.ParseFloat(args[1], 64)
	switch {
	case err1 != nil || err2 != nil:
		return nil, errors.New("float takes two numbers")
	case !(low < high) || math.IsInf(high-low, 0):
		return nil, fmt.Errorf("there is no range from %g to %g", low, high)
	}
	return func(dst []byte, _ *Plan, _ int64, draw uint64) []byte {
		return strconv.AppendFloat(dst, low+unit(draw)*(high-low), 'f', 4, 64)
	}, nil
}

// letters draws lower-case strings of one length.
func letters(arg string) (value, error) {
	length, err := strconv.Atoi(arg)
	if err != nil || length < 1 || length > maxString {
		return nil, fmt.Errorf("string takes a length from 1 to %d", maxString)
	}
	return func(dst []byte, _ *Plan, _ int64, draw uint64) []byte {
		for range length {
			dst = append(dst, 'a'+byte(below(draw, 26)))
			draw = mix(draw)
		}
		return dst
	}, nil
}

// oneOf draws from a list. If all of it is numbers they are written as numbers.
func oneOf(args []string, n notation) (value, error) {
	if len(args) == 0 {
		return nil, errors.New("one_of takes at least one value")
	}
	numbers := true
	for _, arg := range args {
		if arg == "" {
			return nil, errors.New("one of the values is empty")
		}
		numbers = numbers && isNumber(arg)
	}
	choices := make([]string, len(args))
	for i, arg := range args {
		choices[i] = arg
		if !numbers {
			choices[i] = n.text(arg)
		}
	}
	return func(dst []byte, _ *Plan, _ int64, draw uint64) []byte {
		return append(dst, choices[below(draw, uint64(len(choices)))]...)
	}, nil
}

// isNumber says whether s is a number in JSON: valid, and it starts like one.
func isNumber(s string) bool {
	return (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
}
