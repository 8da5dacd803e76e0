// Package lint holds the rules of the house that a compiler does not know:
// which folder may import which, and what a job's binary may link.
package lint
