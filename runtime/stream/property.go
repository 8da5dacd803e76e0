package stream

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

// Value is what a property can be: also a type of one's own that is made of one
// of these and reads itself from text.
type Value interface {
	~string | ~bool | ~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Property is a value that the config can set under properties, and otherwise
// has its default. A text that is no T is a fault of the graph; a property that
// is in the config and that no code asks for is one too.
func Property[T Value](g *Graph, name string, or T) T {
	p := &g.properties
	asked := property{Name: name, Type: typeOf[T](), Default: text(or), Site: site()}
	if name == "" {
		g.fault("", "a property has no name")
		return or
	}
	i := slices.IndexFunc(p.asked, func(o property) bool { return o.Name == name })
	if i < 0 {
		p.asked = append(p.asked, asked)
	} else if before := p.asked[i]; before.Type != asked.Type || before.Default != asked.Default {
		g.fault("ask for it once and keep the value in a variable", "property %q is %s, default %s, here and %s, default %s, at %s",
			name, asked.Type, asked.Default, before.Type, before.Default, before.Site)
	}
	given, ok := p.given[name]
	if !ok {
		return or
	}
	v, err := parse[T](given)
	if err != nil {
		if i < 0 { // the first time is enough
			g.fault("correct properties."+name+" in the config", "property %q is %q, which is no %s: %v", name, given, asked.Type, err)
		}
		return or
	}
	return v
}

// property is one that the code has asked for.
type property struct{ Name, Type, Default, Site string }

type properties struct {
	given map[string]string
	asked []property // in the order of the code
}

// unknown returns a fault for every property that nobody asks for.
func (p *properties) unknown() fault.List {
	var names []string
	for _, asked := range p.asked {
		names = append(names, asked.Name)
	}
	var faults fault.List
	for _, name := range slices.Sorted(maps.Keys(p.given)) {
		if slices.Contains(names, name) {
			continue
		}
		do := fault.DidYouMean(name, names)
		if do == "" {
			do = "the code asks for no property"
			if len(names) > 0 {
				do = fmt.Sprintf("it asks for %q", names)
			}
		}
		faults = append(faults, &fault.Error{
			What: fmt.Sprintf("the config has property %q, which no code asks for", name), Where: "properties." + name, Do: do, Incurable: true,
		})
	}
	return faults
}

// text is a default as the config would have it.
func text[T Value](v T) string {
	switch t := any(&v).(type) {
	case encoding.TextMarshaler:
		if b, err := t.MarshalText(); err == nil {
			return string(b)
		}
	case *time.Duration:
		return config.Duration(*t).String()
	}
	return fmt.Sprint(v)
}

func parse[T Value](s string) (T, error) {
	var v T
	switch to := any(&v).(type) {
	case encoding.TextUnmarshaler:
		return v, to.UnmarshalText([]byte(s))
	case *time.Duration:
		d, err := config.ParseDuration(s) // days too, as everywhere in the config
		*to = d.Std()
		return v, err
	}
	return v, set(reflect.ValueOf(&v).Elem(), s)
}

// set parses a text into what a value is made of.
func set(v reflect.Value, s string) error {
	bits := 0
	if v.CanInt() || v.CanUint() || v.CanFloat() {
		bits = v.Type().Bits()
	}
	switch {
	case v.CanInt():
		n, err := strconv.ParseInt(s, 10, bits)
		v.SetInt(n)
		return cause(err)
	case v.CanUint():
		n, err := strconv.ParseUint(s, 10, bits)
		v.SetUint(n)
		return cause(err)
	case v.CanFloat():
		n, err := strconv.ParseFloat(s, bits)
		v.SetFloat(n)
		return cause(err)
	case v.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(s)
		v.SetBool(b)
		return cause(err)
	}
	v.SetString(s)
	return nil
}

// cause drops the name of strconv's function and the text from its error.
func cause(err error) error {
	if e, ok := err.(*strconv.NumError); ok {
		return e.Err
	}
	return err
}
