// Package gitrepo makes the git repository of a job and reads what state it is
// in. It needs no git program.
package gitrepo
