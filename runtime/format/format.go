// Package format turns the bytes of records into Go values and back.
//
// A format is compiled once for a Go type, when a job is built, so that a type
// the format cannot hold is refused before the first record. Each format is a
// package below this one:
//
//   - json: one JSON value a record, as encoding/json reads and writes it
//   - csv: one record of RFC 4180, columns by name or by the order of fields
//   - lines: the record as it is, for strings and types that read themselves from text
package format

import (
	"fmt"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/format/csv"
	"github.com/spaas/spaas/runtime/format/json"
	"github.com/spaas/spaas/runtime/format/lines"
)

// Decoder decodes records into values of T. It is used by one goroutine.
type Decoder[T any] interface {
	// Decode reads one record into v, which is zero. Strings and byte slices of v
	// may be views of data: the caller never changes data again. An error says
	// where in the record it is.
	Decode(data []byte, v *T) error
}

// Headered is a decoder whose records have named columns (CSV).
type Headered interface {
	// SetHeader says which columns the following records have, as a record of
	// its own. A column that T needs and header lacks is an error.
	SetHeader(header []byte) error
}

// Encoder encodes values of T as records. It is used by one goroutine.
type Encoder[T any] interface {
	// Append appends the record of v to dst.
	Append(dst []byte, v *T) ([]byte, error)
}

// RecordKeyer is a value that has a key of its own as a record, for sinks that
// have keys (Kafka).
type RecordKeyer interface {
	// AppendRecordKey appends the key.
	AppendRecordKey(dst []byte) []byte
}

// HeaderOf is the record that names the columns of an encoder's records; nil
// for a format that needs none.
func HeaderOf[T any](e Encoder[T]) []byte {
	if h, ok := e.(interface{ Header() []byte }); ok {
		return h.Header()
	}
	return nil
}

// Names are the formats there are, sorted.
func Names() []string { return []string{"csv", "json", "lines"} }

// NewDecoder compiles the decoder of a format for T, or says what in T the
// format cannot hold, or which formats there are.
func NewDecoder[T any](format string) (Decoder[T], error) {
	switch format {
	case "csv":
		return orError[Decoder[T]](csv.NewDecoder[T]())
	case "json":
		return orError[Decoder[T]](json.NewDecoder[T]())
	case "lines":
		return orError[Decoder[T]](lines.NewDecoder[T]())
	}
	return nil, unknown(format)
}

// NewEncoder compiles the encoder of a format for T.
func NewEncoder[T any](format string) (Encoder[T], error) {
	switch format {
	case "csv":
		return orError[Encoder[T]](csv.NewEncoder[T]())
	case "json":
		return orError[Encoder[T]](json.NewEncoder[T]())
	case "lines":
		return orError[Encoder[T]](lines.NewEncoder[T]())
	}
	return nil, unknown(format)
}

// orError makes an interface of what a format has compiled, a nil one if it has not.
func orError[I any](compiled I, err error) (I, error) {
	if err != nil {
		var none I
		return none, err
	}
	return compiled, nil
}

func unknown(format string) error {
	do := fault.DidYouMean(format, Names())
	if do == "" {
		do = "formats are " + strings.Join(Names(), ", ")
	}
	return &fault.Error{What: fmt.Sprintf("unknown format %q", format), Do: do, Incurable: true}
}
