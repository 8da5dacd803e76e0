package csv

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"github.com/spaas/spaas/pkg/fault"
)

// Decoder decodes records into values of T. It is used by one goroutine.
type Decoder[T any] struct {
	columns []column[parse]
	// order has, for each cell of a record, the index of its column, -1 to skip.
	order []int
	cells bool // T is []string
}

// NewDecoder compiles the decoder of T, or says what in T cannot be a cell.
// Until [Decoder.SetHeader] the cells are the fields in their order.
func NewDecoder[T any]() (*Decoder[T], error) {
	t := reflect.TypeFor[T]()
	if t == reflect.TypeFor[[]string]() {
		return &Decoder[T]{cells: true}, nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no struct: a record of CSV is read into the fields of one, or into []string", t)
	}
	columns, err := columnsOf(t, parseOf)
	if err != nil {
		return nil, err
	}
	d := &Decoder[T]{columns: columns}
	for i := range columns {
		d.order = append(d.order, i)
	}
	return d, nil
}

// SetHeader says which columns the following records have. Every column that T
// needs and the header lacks is an error; one that T does not have is skipped.
func (d *Decoder[T]) SetHeader(header []byte) error {
	if d.cells {
		return nil
	}
	names, err := split(record(header))
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	order := make([]int, len(names))
	found := make([]bool, len(d.columns))
	for i, name := range names {
		if order[i] = d.find(strings.TrimSpace(name)); order[i] < 0 {
			continue
		}
		if found[order[i]] {
			return &fault.Error{What: fmt.Sprintf("the header has the column %q twice", name), Incurable: true}
		}
		found[order[i]] = true
	}
	var faults fault.List
	for i := range d.columns {
		if c := &d.columns[i]; !found[i] && c.needed() {
			do := fault.DidYouMean(c.Name, names)
			if do == "" {
				do = fmt.Sprintf("it has %s; the tag csv:%q lets the column be absent", strings.Join(names, ", "), ",omitempty")
			}
			faults = append(faults, &fault.Error{What: fmt.Sprintf("the header has no column %q", c.Name), Do: do, Incurable: true})
		}
	}
	d.order = order
	return faults.Err()
}

// find returns the column of a name, of which the case may differ.
func (d *Decoder[T]) find(name string) int {
	near := -1
	for i := range d.columns {
		switch {
		case d.columns[i].Name == name:
			return i
		case near < 0 && strings.EqualFold(d.columns[i].Name, name):
			near = i
		}
	}
	return near
}

// Decode reads one record into v, which is zero. An error is an [Error].
func (d *Decoder[T]) Decode(data []byte, v *T) error {
	data = record(data)
	if d.cells {
		cells, err := split(data)
		if err != nil {
			return err
		}
		*(*[]string)(unsafe.Pointer(v)) = cells
		return nil
	}
	n := 0
	for i := 0; i <= len(data); n++ {
		text, next, err := cell(data, i)
		if err != nil {
			return &Error{Offset: next, Err: err}
		}
		if n < len(d.order) && d.order[n] >= 0 && len(text) > 0 {
			c := &d.columns[d.order[n]]
			dst, err := c.place(unsafe.Pointer(v))
			if err == nil {
				err = c.cell(text, dst)
			}
			if err != nil {
				return &Error{Offset: i, Column: c.Name, Err: err}
			}
		}
		i = next
	}
	if n != len(d.order) {
		return &Error{Offset: len(data), Err: fmt.Errorf("the record has %d cells, not %d", n, len(d.order))}
	}
	return nil
}

// split returns the cells of a record as text.
func split(data []byte) ([]string, error) {
	var cells []string
	for i := 0; i <= len(data); {
		text, next, err := cell(data, i)
		if err != nil {
			return nil, &Error{Offset: next, Err: err}
		}
		cells = append(cells, view(text))
		i = next
	}
	return cells, nil
}
