// Package format turns the bytes of records into Go values and back.
package format

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

// HeaderOf is the record that names the columns of an encoder's records; nil
// for a format that needs none.
func HeaderOf[T any](e Encoder[T]) []byte { panic("soon") }

// RecordKeyer is a value that has a key of its own as a record, for sinks that
// have keys (Kafka).
type RecordKeyer interface {
	// AppendRecordKey appends the key.
	AppendRecordKey(dst []byte) []byte
}

// NewDecoder compiles the decoder of a format for T, or says what in T the
// format cannot hold, or which formats there are.
func NewDecoder[T any](format string) (Decoder[T], error) { panic("soon") }

// NewEncoder compiles the encoder of a format for T.
func NewEncoder[T any](format string) (Encoder[T], error) { panic("soon") }
