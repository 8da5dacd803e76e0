// Package csv is the format of one record of RFC 4180 a record.
//
// A record is read into a struct, a column a field. Columns have the names of
// the fields, or those of their csv or json tags; fields of a struct within the
// struct are columns named "outer.inner". With a header a column may stand
// anywhere, and those that the struct does not have are skipped; without one
// the columns are the fields in their order. A record may also be read into
// []string.
//
// Fields are strings, numbers, bools, []byte, time.Time (RFC 3339), types that
// read and write themselves as text, and pointers to those. An empty cell
// leaves its field as it is: zero, or nil. White space around numbers, bools
// and times does not count; in text it does.
//
// Strings and []byte are views of the record where a cell has no doubled quotes.
package csv
