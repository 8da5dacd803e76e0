// Package json is the format of one JSON value a record.
//
// Values are read and written as encoding/json does, by a program that is
// compiled once for a Go type: names and options of tags, embedded structs,
// names in another case, escapes, invalid UTF-8, null, numbers that do not fit,
// methods of types that read and write themselves. A test compares the two.
//
// What is different, on purpose:
//
//   - A type that JSON cannot hold (a channel, a function, a complex number, an
//     interface with methods) is refused when it is compiled, with the name of
//     the field, not when a record has it.
//   - Strings and json.RawMessage are views of the record and keep it in memory.
//   - Decoding ends at the first fault and says at which byte and in which field
//     it is. encoding/json goes on after a value of the wrong type; v is of no
//     use after an error here.
//   - HTML is not escaped in what is written: records are no web pages. It is
//     the output of an encoding/json.Encoder with SetEscapeHTML(false), without
//     the newline.
//
// How the decoder is fast: it looks for the key that followed the one before it
// last time (object.go), finds the end of strings eight bytes at a time
// (text.go), and reads common numbers without a second pass (number.go).
package json
