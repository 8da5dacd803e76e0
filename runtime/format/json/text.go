package json

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Eight bytes are looked at in one word. For a byte x below 0x80, x - y borrows
// into its own top bit exactly if x < y; the lowest such byte of a word is right
// because nothing below it has borrowed from it.
const (
	ones  = 0x0101010101010101
	tops  = 0x8080808080808080
	quote = ones * '"'
	slash = ones * '\\'
	blank = ones * ' '
)

// plain returns the first position from i on that is not plain text: a quote, a
// backslash, a control character, or a byte of a letter beyond ASCII.
func plain(b []byte, i int) int {
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		// Below ' ', or equal to a quote or a backslash: their difference is below 1.
		// A byte beyond ASCII keeps its top bit in one of the two differences.
		if m := ((w - blank) | ((w ^ quote) - ones) | ((w ^ slash) - ones)) & tops; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// string reads a string: a view of the record if its text stands there as it is.
func (p *parser) string(i int, dst *string) int {
	b := p.data
	if i >= len(b) || b[i] != '"' {
		return p.null(i, "a string")
	}
	from := i + 1
	end := plain(b, from)
	if end < len(b) && b[end] == '"' {
		*dst = unsafe.String(&b[from], end-from)
		return end + 1
	}
	text, end := p.text(i)
	if end < 0 {
		return end
	}
	*dst = unsafe.String(unsafe.SliceData(text), len(text))
	return end
}

// text returns the text of the string at data[i], and the position behind it.
// The text is a view of the record where it can be, cut to its length.
func (p *parser) text(i int) (text []byte, end int) {
	end, clean := p.quoted(i)
	if end < 0 {
		return nil, end
	}
	raw := p.data[i+1 : end-1 : end-1]
	if clean || validText(raw) {
		return raw, end
	}
	return unescape(raw), end
}

// textOf is the text that a well-formed raw string stands for: a view where it
// can be.
func textOf(raw []byte) string {
	if !validText(raw) {
		raw = unescape(raw)
	}
	return unsafe.String(unsafe.SliceData(raw), len(raw))
}

// quoted returns the position behind the string at data[i], and whether its
// text is all ASCII and without escapes. A string that is not well formed is
// refused; invalid UTF-8 is not.
func (p *parser) quoted(i int) (end int, clean bool) {
	b := p.data
	clean = true
	for at := i + 1; ; {
		at = plain(b, at)
		if at >= len(b) {
			return p.fail(at, "the record ends in a string that begins at byte %d", i), false
		}
		switch c := b[at]; {
		case c == '"':
			return at + 1, clean
		case c < ' ':
			return p.fail(at, "the control character %q in a string must be escaped", c), false
		case c != '\\':
			clean = false
			at++
			for at < len(b) && b[at] >= utf8.RuneSelf {
				at++
			}
		default:
			clean = false
			if at = p.escape(at); at < 0 {
				return at, false
			}
		}
	}
}

// escape returns the position behind the escape at data[i].
func (p *parser) escape(i int) int {
	b := p.data
	if i+1 < len(b) {
		switch b[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return i + 2
		case 'u':
			for at := i + 2; at < i+6; at++ {
				if at >= len(b) || unhex(b[at]) < 0 {
					return p.fail(at, "%s in an escape: four hexadecimal digits follow \\u", p.what(at))
				}
			}
			return i + 6
		}
	}
	return p.fail(i+1, "%s behind a backslash is no escape", p.what(i+1))
}

// validText says whether raw stands for itself.
func validText(raw []byte) bool {
	for i := plain(raw, 0); i < len(raw); i = plain(raw, i) {
		if raw[i] == '\\' {
			return false
		}
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			return false
		}
		i += size
	}
	return true
}

// unescape returns the text that a well-formed raw string stands for. Invalid
// UTF-8 and halves of surrogate pairs become U+FFFD.
func unescape(raw []byte) []byte {
	text := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		next := plain(raw, i)
		text = append(text, raw[i:next]...)
		if i = next; i == len(raw) {
			break
		}
		if raw[i] != '\\' {
			r, size := utf8.DecodeRune(raw[i:])
			text = utf8.AppendRune(text, r)
			i += size
			continue
		}
		c := raw[i+1]
		i += 2
		switch c {
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			r := hexRune(raw[i:])
			i += 4
			if utf16.IsSurrogate(r) {
				if pair := lowHalf(r, raw[i:]); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			text = utf8.AppendRune(text, r) // a lone half becomes U+FFFD here
		default:
			text = append(text, c)
		}
	}
	return text
}

// lowHalf combines the high half of a surrogate pair with an escape that follows.
func lowHalf(high rune, raw []byte) rune {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return utf8.RuneError
	}
	return utf16.DecodeRune(high, hexRune(raw[2:]))
}

func hexRune(raw []byte) rune {
	return rune(unhex(raw[0])<<12 | unhex(raw[1])<<8 | unhex(raw[2])<<4 | unhex(raw[3]))
}

func unhex(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
