package json

import (
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may lie in each other, as in
// encoding/json: a record must not be able to exhaust the stack.
const maxDepth = 10_000

// parser is the state of reading one record.
type parser struct {
	data  []byte
	depth int
	err   *Error
	stray key // stands for a key that is not remembered; see object.key
}

// fail records what is wrong at a position and returns -1.
func (p *parser) fail(at int, format string, args ...any) int {
	return p.failed(at, fmt.Errorf(format, args...))
}

func (p *parser) failed(at int, err error) int {
	p.err = &Error{Offset: min(at, len(p.data)), Err: err}
	return -1
}

// within is the result of a decode inside of a field or element: an error is
// given the step that led to it.
func (p *parser) within(step string) int {
	p.err.steps = append(p.err.steps, step)
	return -1
}

// space returns the position of the first byte from i on that is not white space.
func (p *parser) space(i int) int { return space(p.data, i) }

func space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// enter counts one level of nesting.
func (p *parser) enter(i int) bool {
	if p.depth++; p.depth > maxDepth {
		p.fail(i, "arrays and objects lie more than %d deep", maxDepth)
		return false
	}
	return true
}

// literal returns the position behind a word that must stand at i.
func (p *parser) literal(i int, word string) int {
	b := p.data
	if len(b)-i >= len(word) && string(b[i:i+len(word)]) == word {
		return i + len(word)
	}
	return p.fail(i, "%s is no value", p.what(i))
}

// null returns the position behind a null at i. What else stands there is
// refused: want is what should, "a string".
func (p *parser) null(i int, want string) int {
	if i < len(p.data) && p.data[i] == 'n' {
		return p.literal(i, "null")
	}
	return p.mismatch(i, want)
}

// mismatch refuses a value of the wrong kind, or what is no value at all.
func (p *parser) mismatch(i int, want string) int {
	if p.skip(i) < 0 {
		return -1
	}
	return p.fail(i, "%s where %s is wanted", p.what(i), want)
}

// what describes what stands at a position, for an error.
func (p *parser) what(i int) string {
	if i >= len(p.data) {
		return "the end of the record"
	}
	switch c := p.data[i]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == '-' || isDigit(c):
		end := i
		for end < len(p.data) && end < i+30 && isNumeric(p.data[end]) {
			end++
		}
		return "the number " + string(p.data[i:end])
	case c >= 'a' && c <= 'z':
		end := i
		for end < len(p.data) && end < i+10 && p.data[end] >= 'a' && p.data[end] <= 'z' {
			end++
		}
		return string(p.data[i:end])
	}
	r, _ := utf8.DecodeRune(p.data[i:])
	return fmt.Sprintf("%q", r)
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isNumeric(c byte) bool {
	return isDigit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}
