package json

// skip returns the position behind the value at data[i], which is checked as
// thoroughly as one that is read.
func (p *parser) skip(i int) int {
	if i >= len(p.data) {
		return p.fail(i, "the record ends where a value is wanted")
	}
	switch c := p.data[i]; {
	case c == '"':
		end, _ := p.quoted(i)
		return end
	case c == '-' || isDigit(c):
		end, _ := p.number(i)
		return end
	case c == '{':
		at, more := p.open(i, '}')
		for more {
			if _, at = p.key(at); at < 0 {
				return at
			}
			if at = p.skip(at); at < 0 {
				return at
			}
			at, more = p.next(at, '}')
		}
		return at
	case c == '[':
		at, more := p.open(i, ']')
		for more {
			if at = p.skip(at); at < 0 {
				return at
			}
			at, more = p.next(at, ']')
		}
		return at
	case c == 't':
		return p.literal(i, "true")
	case c == 'f':
		return p.literal(i, "false")
	}
	return p.literal(i, "null")
}

// open goes into the array or object at data[i]: to its first element or key,
// or behind it if there is none.
func (p *parser) open(i int, close byte) (at int, more bool) {
	if !p.enter(i) {
		return -1, false
	}
	at = p.space(i + 1)
	if at < len(p.data) && p.data[at] == close {
		p.depth--
		return at + 1, false
	}
	return at, true
}

// next goes from behind an element to the next one or its key, or behind the
// array or object if that was the last.
func (p *parser) next(i int, close byte) (at int, more bool) {
	at = p.space(i)
	if at < len(p.data) {
		switch p.data[at] {
		case ',':
			return p.space(at + 1), true
		case close:
			p.depth--
			return at + 1, false
		}
	}
	return p.fail(at, "%s where a comma or %q is wanted", p.what(at), close), false
}

// key reads the key at data[i]: its raw text without the quotes, and the
// position of its value.
func (p *parser) key(i int) (raw []byte, value int) {
	if i >= len(p.data) || p.data[i] != '"' {
		return nil, p.fail(i, "%s where a key is wanted", p.what(i))
	}
	end, _ := p.quoted(i)
	if end < 0 {
		return nil, end
	}
	raw = p.data[i+1 : end-1]
	at := p.space(end)
	if at >= len(p.data) || p.data[at] != ':' {
		return nil, p.fail(at, "%s where a colon is wanted", p.what(at))
	}
	return raw, p.space(at + 1)
}
