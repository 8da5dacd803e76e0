package json

import (
	"strconv"
	"unsafe"
)

// number returns the position behind the number at data[i], and whether it is
// written as a whole one: without point and exponent. What is no number is
// refused.
func (p *parser) number(i int) (end int, whole bool) {
	b, at := p.data, i
	if at < len(b) && b[at] == '-' {
		at++
	}
	switch {
	case at < len(b) && b[at] == '0':
		at++
	case at < len(b) && isDigit(b[at]):
		at = digits(b, at)
	default:
		return p.fail(at, "%s in a number", p.what(at)), false
	}
	whole = true
	if at < len(b) && b[at] == '.' {
		whole = false
		from := at + 1
		if at = digits(b, from); at == from {
			return p.fail(at, "%s behind the point of a number", p.what(at)), false
		}
	}
	if at < len(b) && b[at]|0x20 == 'e' {
		whole = false
		from := at + 1
		if from < len(b) && (b[from] == '+' || b[from] == '-') {
			from++
		}
		if at = digits(b, from); at == from {
			return p.fail(at, "%s in the exponent of a number", p.what(at)), false
		}
	}
	return at, whole
}

func digits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

// shortInt is how many digits always fit in 63 bits.
const shortInt = 18

// int64 reads a whole number. Up to 18 digits, which is nearly always, one pass
// is enough.
func (p *parser) int64(i int, dst *int64) int {
	b, at := p.data, i
	negative := at < len(b) && b[at] == '-'
	if negative {
		at++
	}
	from := at
	var n int64
	for at < len(b) && isDigit(b[at]) {
		n = n*10 + int64(b[at]-'0')
		at++
	}
	if at == from || at-from > shortInt || b[from] == '0' && at-from > 1 || at < len(b) && (b[at] == '.' || b[at]|0x20 == 'e') {
		return decodeInt[int64](p, i, unsafe.Pointer(dst))
	}
	if negative {
		n = -n
	}
	*dst = n
	return at
}

// decodeInt reads any whole number into a signed integer.
func decodeInt[I int8 | int16 | int32 | int64](p *parser, i int, dst unsafe.Pointer) int {
	text, end := p.whole(i)
	if text == "" {
		return end
	}
	bits := int(unsafe.Sizeof(I(0))) * 8
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return p.fail(i, "%s does not fit in int%d", p.what(i), bits)
	}
	*(*I)(dst) = I(n)
	return end
}

// decodeUint reads any whole number into an unsigned integer.
func decodeUint[U uint8 | uint16 | uint32 | uint64](p *parser, i int, dst unsafe.Pointer) int {
	text, end := p.whole(i)
	if text == "" {
		return end
	}
	bits := int(unsafe.Sizeof(U(0))) * 8
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return p.fail(i, "%s does not fit in uint%d", p.what(i), bits)
	}
	*(*U)(dst) = U(n)
	return end
}

// whole returns the text of the whole number at i; none for a null, and when
// the value is refused.
func (p *parser) whole(i int) (text string, end int) {
	const want = "a whole number"
	if i >= len(p.data) || p.data[i] != '-' && !isDigit(p.data[i]) {
		return "", p.null(i, want)
	}
	end, whole := p.number(i)
	switch {
	case end < 0:
		return "", end
	case !whole:
		return "", p.fail(i, "%s where %s is wanted", p.what(i), want)
	}
	return unsafe.String(&p.data[i], end-i), end
}

// powers of ten that a float64 holds exactly, as far as 15 digits need them.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// shortFloat is how many digits a float64 always holds exactly. With so few, and
// no exponent, digits and power of ten are exact and their quotient is rounded
// as it must be.
const shortFloat = 15

// float64 reads a number.
func (p *parser) float64(i int, dst *float64) int {
	b, at := p.data, i
	negative := at < len(b) && b[at] == '-'
	if negative {
		at++
	}
	from := at
	var n int64
	for at < len(b) && isDigit(b[at]) {
		n = n*10 + int64(b[at]-'0')
		at++
	}
	count, places := at-from, 0
	if count > 0 && at < len(b) && b[at] == '.' {
		at++
		point := at
		for at < len(b) && isDigit(b[at]) {
			n = n*10 + int64(b[at]-'0')
			at++
		}
		if places = at - point; places == 0 {
			count = 0 // refused below
		}
	}
	if count == 0 || count+places > shortFloat || b[from] == '0' && count > 1 || at < len(b) && b[at]|0x20 == 'e' {
		return decodeFloat[float64](p, i, unsafe.Pointer(dst))
	}
	f := float64(n) / powers[places]
	if negative {
		f = -f
	}
	*dst = f
	return at
}

// decodeFloat reads any number, rounded once to the size of F.
func decodeFloat[F float32 | float64](p *parser, i int, dst unsafe.Pointer) int {
	if i >= len(p.data) || p.data[i] != '-' && !isDigit(p.data[i]) {
		return p.null(i, "a number")
	}
	end, _ := p.number(i)
	if end < 0 {
		return end
	}
	bits := int(unsafe.Sizeof(F(0))) * 8
	f, err := strconv.ParseFloat(unsafe.String(&p.data[i], end-i), bits)
	if err != nil {
		return p.fail(i, "%s does not fit in float%d", p.what(i), bits)
	}
	*(*F)(dst) = F(f)
	return end
}
