package json

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// appendString appends a string in quotes. Invalid UTF-8 becomes \ufffd, and
// U+2028 and U+2029 are escaped, as in encoding/json.
func appendString(dst []byte, s string) []byte {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	dst = append(dst, '"')
	for from, i := 0, 0; ; {
		i = plain(b, i)
		if i == len(b) {
			return append(append(dst, b[from:]...), '"')
		}
		size := 1
		if b[i] >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRune(b[i:])
			if r != '\u2028' && r != '\u2029' && (r != utf8.RuneError || size > 1) {
				i += size
				continue // it goes with what is around it
			}
		}
		dst = appendEscape(append(dst, b[from:i]...), b[i:i+size])
		i += size
		from = i
	}
}

// appendEscape appends the escape of a control character, a quote, a backslash,
// a line separator, or a byte that is not UTF-8.
func appendEscape(dst, c []byte) []byte {
	const hex = "0123456789abcdef"
	switch {
	case len(c) == 3:
		return append(dst, '\\', 'u', '2', '0', '2', hex[c[2]&0xf])
	case c[0] >= utf8.RuneSelf:
		return append(dst, `\ufffd`...)
	}
	switch c[0] {
	case '"', '\\':
		return append(dst, '\\', c[0])
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c[0]>>4], hex[c[0]&0xf])
}

// appendFloat appends a number as JavaScript writes it: with an exponent only
// where it is very small or very large.
func appendFloat(dst []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return dst, fmt.Errorf("%v is no number in JSON", f)
	}
	tiny, huge := 1e-6, 1e21
	if bits == 32 {
		tiny, huge = float64(float32(tiny)), float64(float32(huge))
	}
	if size := math.Abs(f); size == 0 || size >= tiny && size < huge {
		return strconv.AppendFloat(dst, f, 'f', -1, bits), nil
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	// An exponent of one digit is written with one: 1e-07 as 1e-7.
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst = append(dst[:n-2], dst[n-1])
	}
	return dst, nil
}

func appendBase64(dst, bytes []byte) []byte {
	if bytes == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, bytes)
	return append(dst, '"')
}

func encodeBool(_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	return strconv.AppendBool(dst, *(*bool)(src)), nil
}

func encodeString(_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	return appendString(dst, *(*string)(src)), nil
}

func encodeInt[I int | int8 | int16 | int32 | int64](_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	return strconv.AppendInt(dst, int64(*(*I)(src)), 10), nil
}

func encodeUint[U uint | uint8 | uint16 | uint32 | uint64 | uintptr](_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	return strconv.AppendUint(dst, uint64(*(*U)(src)), 10), nil
}

func encodeFloat[F float32 | float64](_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	return appendFloat(dst, float64(*(*F)(src)), int(unsafe.Sizeof(F(0)))*8)
}

func encodeBytes(_ *writer, dst []byte, src unsafe.Pointer) ([]byte, error) {
	return appendBase64(dst, *(*[]byte)(src)), nil
}
