// Package story tells what people do with spaas as scripts, one story a file
// in testdata: the commands they type, the files they have, what they see.
//
// `go test ./cmd/spaas/story -run 'TestStories/config_set' -v` runs one;
// -update writes what a `cmp` saw back into the script.
package story
