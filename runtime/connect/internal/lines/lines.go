// Package lines is how connectors that write text put one record below the other.
package lines

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/spaas/spaas/runtime/connect"
)

// Append appends a record as a line.
//
// A line has no headers. A record that has some, as one that could not be
// decoded has to say why and where it comes from, becomes a JSON object of them,
// with the record itself as "value" (in base64 as "bytes" if it is no text).
func Append(dst []byte, r connect.Record) []byte {
	if len(r.Headers) > 0 {
		dst = appendEnvelope(dst, r)
	} else {
		dst = append(dst, r.Value...)
	}
	if n := len(r.Value); n > 0 && len(r.Headers) == 0 && r.Value[n-1] == '\n' {
		return dst // it is a line already
	}
	return append(dst, '\n')
}

func appendEnvelope(dst []byte, r connect.Record) []byte {
	dst = append(dst, '{')
	for _, h := range r.Headers {
		dst = append(appendJSON(dst, h.Key), ':')
		dst = append(appendJSON(dst, string(h.Value)), ',')
	}
	if utf8.Valid(r.Value) {
		dst = appendJSON(append(dst, `"value":`...), string(r.Value))
	} else {
		dst = appendJSON(append(dst, `"bytes":`...), r.Value)
	}
	return append(dst, '}')
}

// appendJSON appends text or bytes, which cannot fail.
func appendJSON[T string | []byte](dst []byte, v T) []byte {
	data, _ := json.Marshal(v)
	return append(dst, data...)
}
