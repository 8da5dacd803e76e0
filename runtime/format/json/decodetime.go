package json

import (
	"time"
	"unsafe"
)

// decodeTime reads a time in RFC 3339. In UTC, the common form, it is read
// here; everything else is left to package time.
func decodeTime(p *parser, i int, dst unsafe.Pointer) int {
	if i >= len(p.data) || p.data[i] != '"' {
		return p.null(i, "a time in RFC 3339")
	}
	end, clean := p.quoted(i)
	if end < 0 {
		return end
	}
	t := (*time.Time)(dst)
	if utc, ok := parseUTC(p.data[i+1 : end-1]); ok && clean {
		*t = utc
		return end
	}
	if err := t.UnmarshalJSON(p.data[i:end]); err != nil {
		return p.failed(i, err)
	}
	return end
}

// parseUTC reads 2006-01-02T15:04:05Z with up to nine digits behind a point.
func parseUTC(b []byte) (time.Time, bool) {
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[len(b)-1] != 'Z' {
		return time.Time{}, false
	}
	century, ok1 := twoDigits(b[0:])
	year, ok2 := twoDigits(b[2:])
	month, ok3 := twoDigits(b[5:])
	day, ok4 := twoDigits(b[8:])
	hour, ok5 := twoDigits(b[11:])
	minute, ok6 := twoDigits(b[14:])
	second, ok7 := twoDigits(b[17:])
	year += 100 * century
	// The last days of months, and what is out of range, are package time's.
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7) || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	nanos := 0
	if fraction := b[19 : len(b)-1]; len(fraction) > 0 {
		if fraction[0] != '.' || len(fraction) < 2 || len(fraction) > 10 {
			return time.Time{}, false
		}
		for i := 1; i < 10; i++ {
			nanos *= 10
			if i < len(fraction) {
				if !isDigit(fraction[i]) {
					return time.Time{}, false
				}
				nanos += int(fraction[i] - '0')
			}
		}
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC), true
}

func twoDigits(b []byte) (int, bool) {
	tens, units := b[0]-'0', b[1]-'0'
	return int(tens)*10 + int(units), tens <= 9 && units <= 9
}
