package csv

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/spaas/spaas/runtime/format/internal/fields"
)

// column is a field of a struct that is a cell of a record. F reads or writes
// the cell.
type column[F any] struct {
	fields.Field // its name is that of the column
	cell         F
}

// needed says whether a header must have the column: what may be absent is a
// pointer, or says so in its tag.
func (c *column[F]) needed() bool {
	return c.Type.Kind() != reflect.Pointer && !c.Has("omitempty") && !c.Has("omitzero")
}

// columnsOf returns the columns of a struct. Every field that cannot be a cell
// is reported.
func columnsOf[F any](t reflect.Type, cellOf func(reflect.Type) (F, error)) ([]column[F], error) {
	var errs []error
	var all []column[F]
	for _, f := range fields.Of(t, "csv", "json") {
		cell, err := cellOf(f.Type)
		switch {
		case err == nil:
			all = append(all, column[F]{f, cell})
			continue
		case f.Type.Kind() == reflect.Struct:
			var inner []column[F]
			inner, err = columnsOf(f.Type, cellOf)
			for _, c := range inner {
				all = append(all, column[F]{within(f, c.Field), c.cell})
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("field %s: %w", f.Name, err))
		}
	}
	return all, errors.Join(errs...)
}

// within is a field of a struct that is itself the field outer of another.
func within(outer, f fields.Field) fields.Field {
	f.Name = outer.Name + "." + f.Name
	if len(f.Hops) == 0 {
		f.Hops, f.Offset = outer.Hops, outer.Offset+f.Offset
		return f
	}
	hops := append([]fields.Hop(nil), outer.Hops...)
	hops = append(hops, f.Hops...)
	hops[len(outer.Hops)].Offset += outer.Offset
	f.Hops = hops
	return f
}

// find is where the field's value is in a struct, nil behind an embedded
// pointer that is nil.
func (c *column[F]) find(of unsafe.Pointer) unsafe.Pointer {
	for _, hop := range c.Hops {
		if of = *(*unsafe.Pointer)(unsafe.Add(of, hop.Offset)); of == nil {
			return nil
		}
	}
	return unsafe.Add(of, c.Offset)
}

// place is like find, and makes embedded structs on the way.
func (c *column[F]) place(of unsafe.Pointer) (unsafe.Pointer, error) {
	for _, hop := range c.Hops {
		embedded := (*unsafe.Pointer)(unsafe.Add(of, hop.Offset))
		if *embedded == nil {
			if hop.Sealed {
				return nil, fmt.Errorf("a value of the embedded %s cannot be made, because its name is not exported", hop.Elem)
			}
			*embedded = reflect.New(hop.Elem).UnsafePointer()
		}
		of = *embedded
	}
	return unsafe.Add(of, c.Offset), nil
}
