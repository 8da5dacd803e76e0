// Package state keeps the keyed state of subtasks: typed tables that hot keys
// hit without encoding, and the rows that checkpoints are made of.
//
// In reading order:
//
//   - [HashOf] is the stable hash of a kind of key (hash.go, keyhash.go). Its top
//     says which key group, and so which subtask, a key belongs to ([KeyGroup],
//     [GroupRange]), its rest where the key is in a table.
//   - [Table] is a dense hash table with one accumulator for each key
//     (table.go). Locate finds the rows of a batch at once (locate.go).
//   - [Subtask] is all state of one subtask of an operator. States are declared
//     before anything is restored: [Panes] has a table for each window start.
//   - Freeze takes the state at a barrier while events go on, exactly and
//     without copying it (frozenrows.go); [Frozen].Write stores it.
//   - Restore reads the rows of a subtask's key groups from the files of all
//     subtasks of before, however many those were. What is wrong with a file is
//     said by name, and nothing is kept then (restore.go, readfile.go).
//   - [Codec] writes and reads values as Avro rows, also rows whose type has
//     changed since (package internal/row).
//   - statefile.go has the layout of a file, byte by byte.
//
// Nothing here locks or allocates on the path of an event, once tables have
// grown, except that the first change of a row after a barrier may have to copy
// its neighbours.
package state
