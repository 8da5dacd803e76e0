package csv

import (
	"bytes"
	"errors"
	"strings"
)

var (
	errBare   = errors.New("a quote in a value that has none around it")
	errBehind = errors.New("a quoted value is followed by more than a comma")
	errOpen   = errors.New("the record ends in quotes")
	errLine   = errors.New("a line end that is not in quotes")
)

// cell reads the cell at data[i] and returns where the next one is: behind the
// comma, or past the end of data after the last. The cell is a view of data
// unless quotes in it are doubled.
func cell(data []byte, i int) (text []byte, next int, err error) {
	if i < len(data) && data[i] == '"' {
		return quotedCell(data, i)
	}
	end := i
	for ; end < len(data) && data[end] != ','; end++ {
		switch data[end] {
		case '"':
			return nil, end, errBare
		case '\n':
			return nil, end, errLine
		}
	}
	return data[i:end:end], end + 1, nil
}

func quotedCell(data []byte, i int) (text []byte, next int, err error) {
	from, doubled := i+1, false
	for end := from; ; end++ {
		n := bytes.IndexByte(data[end:], '"')
		if n < 0 {
			return nil, i, errOpen
		}
		end += n
		if end+1 < len(data) && data[end+1] == '"' {
			doubled = true
			end++
			continue
		}
		if end+1 < len(data) && data[end+1] != ',' {
			return nil, end + 1, errBehind
		}
		text = data[from:end:end]
		if doubled {
			text = bytes.ReplaceAll(text, []byte(`""`), []byte(`"`))
		}
		return text, end + 2, nil
	}
}

// record is data without the line end that it may have.
func record(data []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
}

// appendCell appends text as a cell, in quotes if something in it asks for them.
func appendCell(dst []byte, text string) []byte {
	if plain(text) {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for {
		before, after, found := strings.Cut(text, `"`)
		dst = append(dst, before...)
		if !found {
			return append(dst, '"')
		}
		dst = append(dst, `""`...)
		text = after
	}
}

// plain says whether text is a cell as it is. White space at its ends is in
// quotes because many readers drop it.
func plain(text string) bool {
	return text == "" || !strings.ContainsAny(text, "\",\r\n") && text[0] > ' ' && text[len(text)-1] > ' '
}
