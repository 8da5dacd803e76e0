package config

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// splice is the text of a document that is changed in places; all else stays as
// it is, to the byte. Where the text is laid out in a way it does not know, its
// result is wrong: whoever uses it reads the result again and compares.
type splice struct{ data []byte }

// offset is where a place is in the text.
func (s *splice) offset(at place) int {
	offset := 0
	for line := 1; line < at.line; line++ {
		i := bytes.IndexByte(s.data[offset:], '\n')
		if i < 0 {
			return len(s.data)
		}
		offset += i + 1
	}
	if offset == 0 && bytes.HasPrefix(s.data, []byte("\xef\xbb\xbf")) {
		offset = 3
	}
	for column := 1; column < at.column && offset < len(s.data); column++ {
		_, size := utf8.DecodeRune(s.data[offset:])
		offset += size
	}
	return offset
}

// lineStart is where a line begins; the end of the text for line 0 and those
// that are not there.
func (s *splice) lineStart(line int) int {
	if line == 0 {
		return len(s.data)
	}
	return s.offset(place{line: line})
}

func (s *splice) replace(start, end int, with string) {
	s.data = bytes.Join([][]byte{s.data[:start], []byte(with), s.data[end:]}, nil)
}

// newline is how the lines of the text end.
func (s *splice) newline() string {
	if bytes.Contains(s.data, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// text joins lines as those of the document.
func (s *splice) text(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line)
		b.WriteString(s.newline())
	}
	return b.String()
}

// extent is where the lines of an entry start and end. next is the line of the
// next key, 0 when there is none; blank lines before it, and comments that are
// not indented deeper than the entry, are not the entry's.
func (s *splice) extent(said *entry, next int) (start, end int) {
	start, end = s.lineStart(said.at.line), s.lineStart(next)
	first := s.lineStart(said.at.line + 1)
	for end > first {
		line := bytes.LastIndexByte(s.data[:end-1], '\n') + 1
		content := bytes.TrimLeft(s.data[line:end], " ")
		deeper := end-line-len(content) >= said.at.column
		if len(bytes.TrimSpace(content)) > 0 && (content[0] != '#' || deeper) {
			break
		}
		end = line
	}
	return start, end
}

// append adds lines at the end of the text.
func (s *splice) append(lines []string) {
	s.endLine(len(s.data))
	s.data = append(s.data, s.text(lines)...)
}

// endLine sees to it that the line before an offset is ended, and returns where
// the next one begins.
func (s *splice) endLine(offset int) int {
	if offset == 0 || s.data[offset-1] == '\n' {
		return offset
	}
	s.replace(offset, offset, s.newline())
	return offset + len(s.newline())
}

// insertAfter adds lines after those of an entry.
func (s *splice) insertAfter(said *entry, next int, lines []string) {
	_, end := s.extent(said, next)
	end = s.endLine(end)
	s.replace(end, end, s.text(lines))
}

// replaceLines replaces an entry of a block by lines, or takes it out when there
// are none. A value on one line is replaced in its line, so that what follows it
// there stays.
func (s *splice) replaceLines(said *entry, next int, lines []string) {
	start, end := s.extent(said, next)
	if len(lines) == 1 && bytes.Count(bytes.TrimRight(s.data[start:end], "\r\n"), []byte("\n")) == 0 {
		if from, to, ok := s.span(said.value, false); ok {
			_, value, _ := strings.Cut(lines[0], ": ")
			s.replace(from, to, value)
			return
		}
	}
	if len(lines) > 0 {
		end = s.endLine(end)
		if comment := s.comment(said, start); comment != "" {
			lines[0] += comment
		}
	}
	s.replace(start, end, s.text(lines))
}

// comment is what follows a key whose value is on other lines, with the blanks
// before it.
func (s *splice) comment(said *entry, start int) string {
	line, _, _ := strings.Cut(string(s.data[start:]), "\n")
	colon := strings.Index(line, ":")
	after := strings.TrimRight(line[colon+1:], " \r")
	if strings.HasPrefix(strings.TrimLeft(after, " "), "#") && colon >= 0 {
		return after
	}
	return ""
}

// replaceFlow replaces a value inside brackets.
func (s *splice) replaceFlow(value *node, with string) {
	if from, to, ok := s.span(value, true); ok {
		s.replace(from, to, with)
	}
}

// insertFlow adds an entry at the end of a block in braces.
func (s *splice) insertFlow(n *node, with string) {
	closing := s.offset(n.end)
	before := len(bytes.TrimRight(s.data[:closing], " \t\r\n"))
	if before == 0 {
		return
	}
	switch s.data[before-1] {
	case '{':
		s.replace(before, before, with)
	case ',':
		s.replace(before, before, " "+with)
	default:
		s.replace(before, before, ", "+with)
	}
}

// removeFlow takes an entry out of a block in braces, with one of the commas
// around it.
func (s *splice) removeFlow(said *entry, n *node) {
	start := s.offset(said.at)
	_, end, ok := s.span(said.value, true)
	if !ok {
		return
	}
	rest := s.data[end:]
	trimmed := bytes.TrimLeft(rest, " \t\r\n")
	if len(trimmed) > 0 && trimmed[0] == ',' {
		after := bytes.TrimLeft(trimmed[1:], " \t\r\n")
		s.replace(start, len(s.data)-len(after), "")
		return
	}
	before := bytes.TrimRight(s.data[:start], " \t\r\n")
	if bytes.HasSuffix(before, []byte(",")) {
		start = len(before) - 1
	}
	s.replace(start, end, "")
}

// span is where a value on one line starts and ends. It is not ok for one that
// is written on several, or not at all.
func (s *splice) span(n *node, flow bool) (start, end int, ok bool) {
	start = s.offset(n.at)
	if start >= len(s.data) {
		return 0, 0, false
	}
	if n.flow {
		return start, s.offset(n.end) + 1, true
	}
	if n.kind == block || n.kind == list || n.kind == null {
		return 0, 0, false
	}
	switch quote := s.data[start]; quote {
	case '|', '>':
		return 0, 0, false
	case '"', '\'':
		for i := start + 1; i < len(s.data); i++ {
			switch {
			case quote == '"' && s.data[i] == '\\', quote == '\'' && bytes.HasPrefix(s.data[i:], []byte("''")):
				i++
			case s.data[i] == quote:
				return start, i + 1, true
			}
		}
		return 0, 0, false
	}
	end = start
	for end < len(s.data) && s.data[end] != '\n' {
		if flow && bytes.IndexByte([]byte(",]}"), s.data[end]) >= 0 || s.data[end] == '#' && end > start && (s.data[end-1] == ' ' || s.data[end-1] == '\t') {
			break
		}
		end++
	}
	end = start + len(bytes.TrimRight(s.data[start:end], " \t\r"))
	return start, end, string(s.data[start:end]) == n.text
}
