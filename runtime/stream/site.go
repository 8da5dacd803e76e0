package stream

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// own is how the names of this package's functions start.
const own = "github.com/spaas/spaas/runtime/stream."

// site is the file:line in the author's code that called into this package. In
// package main a file is named alone, in another with its folder.
func site() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, own) {
			dir, file := path.Split(f.File)
			if !strings.HasPrefix(f.Function, "main.") {
				file = path.Join(path.Base(dir), file)
			}
			return fmt.Sprintf("%s:%d", file, f.Line)
		}
		if !more {
			return ""
		}
	}
}
