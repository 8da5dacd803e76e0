package blob

import (
	"fmt"
	"io/fs"
	"strings"
)

// CheckName says why a name cannot be a blob's, nil if it can. A part that
// starts with a dot is the store's own.
func CheckName(name string) error {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return fmt.Errorf("%q is no name of a blob: parts are separated by single slashes, none is empty or '..'", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part[0] == '.' {
			return fmt.Errorf("%q is no name of a blob: no part starts with a dot", name)
		}
	}
	return nil
}
