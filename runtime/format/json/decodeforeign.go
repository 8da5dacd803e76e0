package json

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"unsafe"
)

// unmarshaler reads a value with the type's own UnmarshalJSON.
func unmarshaler(t reflect.Type) decode {
	return func(p *parser, i int, dst unsafe.Pointer) int {
		end := p.skip(i)
		if end < 0 {
			return end
		}
		if err := reflect.NewAt(t, dst).Interface().(json.Unmarshaler).UnmarshalJSON(p.data[i:end:end]); err != nil {
			return p.failed(i, err)
		}
		return end
	}
}

// textUnmarshaler reads a string with the type's own UnmarshalText.
func textUnmarshaler(t reflect.Type) decode {
	nilable := t.Kind() == reflect.Map || t.Kind() == reflect.Slice
	return func(p *parser, i int, dst unsafe.Pointer) int {
		if i >= len(p.data) || p.data[i] != '"' {
			if i = p.null(i, "a string"); i >= 0 && nilable {
				reflect.NewAt(t, dst).Elem().SetZero()
			}
			return i
		}
		text, end := p.text(i)
		if end < 0 {
			return end
		}
		if err := reflect.NewAt(t, dst).Interface().(encoding.TextUnmarshaler).UnmarshalText(text); err != nil {
			return p.failed(i, err)
		}
		return end
	}
}

// standard leaves a value to encoding/json: kinds of values that are too rare
// to have a second reader.
func standard(t reflect.Type) decode {
	return func(p *parser, i int, dst unsafe.Pointer) int {
		end := p.skip(i)
		if end < 0 {
			return end
		}
		if err := json.Unmarshal(p.data[i:end], reflect.NewAt(t, dst).Interface()); err != nil {
			return p.failed(i, err)
		}
		return end
	}
}

// quotedField reads a field with the option "string": a number, a bool or a
// string inside of a string. It is left to encoding/json, by way of a struct
// that has the field and nothing else.
func quotedField(t reflect.Type) decode {
	wrapper := reflect.StructOf([]reflect.StructField{{Name: "V", Type: t, Tag: `json:",string"`}})
	return func(p *parser, i int, dst unsafe.Pointer) int {
		end := p.skip(i)
		if end < 0 {
			return end
		}
		wrapped := append(append([]byte(`{"V":`), p.data[i:end]...), '}')
		if err := json.Unmarshal(wrapped, reflect.NewAt(wrapper, dst).Interface()); err != nil {
			return p.failed(i, err)
		}
		return end
	}
}

// decodeRaw keeps a value as it stands: a view of the record.
func decodeRaw(p *parser, i int, dst unsafe.Pointer) int {
	end := p.skip(i)
	if end >= 0 {
		*(*json.RawMessage)(dst) = p.data[i:end:end]
	}
	return end
}

// base64 reads a string into bytes.
func (p *parser) base64(i int, dst *[]byte) int {
	text, end := p.text(i)
	if end < 0 {
		return end
	}
	bytes := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(bytes, text)
	if err != nil {
		return p.failed(i, err)
	}
	*dst = bytes[:n]
	return end
}
