package term

import (
	"strings"
)

// Table is text in columns, aligned by what a terminal shows: wide runes count
// twice, colours not at all.
//
//	table := term.Table{Header: []string{"Name", "Records"}, Right: []int{1}}
//	table.Row("requests", "10,000")
//	table.Section("SINK counts")      // a line across all columns
//	t.Printf("%s", table.Render(t))
type Table struct {
	// Header names the columns; nil for a table without a head.
	Header []string
	// Right lists the columns that are aligned to the right, numbers mostly.
	Right []int
	// Indent is written before every row, but not before header and sections.
	Indent string

	rows []row
}

type row struct {
	section string
	cells   []string
}

// gap separates two columns.
const gap = "  "

// Row adds a row. Cells may carry colours.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, row{cells: cells}) }

// Section adds a line of its own across all columns.
func (t *Table) Section(title string) { t.rows = append(t.rows, row{section: title}) }

// Len is the number of rows, sections not counted.
func (t *Table) Len() int {
	n := 0
	for _, r := range t.rows {
		if r.cells != nil {
			n++
		}
	}
	return n
}

// Render returns the table, each line ended by a newline and without trailing
// blanks. On a terminal no line is longer than it is wide: what is too long
// ends in …; elsewhere nothing is cut, because a file or grep wants all of it.
func (t *Table) Render(on *Terminal) string {
	lines := t.Lines(on)
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// Lines is Render for a live region.
func (t *Table) Lines(on *Terminal) []string {
	widths := t.widths()
	var lines []string
	add := func(line string) {
		line = strings.TrimRight(line, " ")
		if on.IsTTY() {
			line = fit(line, on.Width())
		}
		lines = append(lines, line)
	}
	if t.Header != nil {
		// The first column takes the indent in, so that header and cells align.
		head := make([]string, len(t.Header))
		copy(head, t.Header)
		head[0] = pad(head[0], len(t.Indent)+widths[0])
		add(on.Bold(strings.TrimRight(t.line("", head, widths), " ")))
	}
	for _, r := range t.rows {
		if r.cells == nil {
			add(on.Bold(r.section))
			continue
		}
		add(t.line(t.Indent, r.cells, widths))
	}
	return lines
}

func (t *Table) line(indent string, cells []string, widths []int) string {
	var b strings.Builder
	b.WriteString(indent)
	for i, cell := range cells {
		if i > 0 {
			b.WriteString(gap)
		}
		if t.right(i) {
			b.WriteString(strings.Repeat(" ", max(0, widths[i]-columns(cell))))
			b.WriteString(cell)
		} else {
			b.WriteString(pad(cell, widths[i]))
		}
	}
	return b.String()
}

func (t *Table) right(column int) bool {
	for _, c := range t.Right {
		if c == column {
			return true
		}
	}
	return false
}

// widths is the width of each column: that of its widest cell.
func (t *Table) widths() []int {
	widths := make([]int, len(t.Header))
	for i, h := range t.Header {
		widths[i] = columns(h)
	}
	if len(widths) > 0 {
		widths[0] = max(0, widths[0]-len(t.Indent))
	}
	for _, r := range t.rows {
		for i, cell := range r.cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(cell))
		}
	}
	return widths
}
