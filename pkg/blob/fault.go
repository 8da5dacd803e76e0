package blob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/spaas/spaas/pkg/fault"
)

// asFault says of an error of the file system what it means and what to do. An
// error that is a fault already, or a matter of ctx, stays as it is.
func asFault(where, what string, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	f := &fault.Error{What: what, Where: where, Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		f.What = "the store is full"
		f.Do = "free space there, or keep fewer checkpoints (checkpoint.keep); nothing that was complete is lost"
	case errors.Is(err, syscall.EROFS):
		f.What, f.Incurable = "the store is read-only", true
		f.Do = "mount it writable, or name another folder under stores in the platform document"
	case noLinks(err):
		f.What, f.Incurable = "the file system has no hard links, which create-if-absent is made of", true
		f.Do = "name a folder on another file system under stores in the platform document"
	case errors.Is(err, fs.ErrPermission):
		f.What, f.Incurable = "the store may not be written", true
		f.Do = "give the user of this process the right to read and write there, or name another folder under stores in the platform document"
	case errors.Is(err, syscall.ENOTDIR):
		f.What, f.Incurable = "the store is no folder", true
		f.Do = "a part of the path is a file; name another folder under stores in the platform document"
	}
	return f
}

// noLinks tells that link(2) is what a file system cannot do. FAT answers EPERM,
// which is otherwise a matter of rights; EACCES always is.
func noLinks(err error) bool {
	link, ok := errors.AsType[*os.LinkError](err)
	if !ok || link.Op != "link" {
		return false
	}
	for _, e := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.EMLINK, syscall.ENOSYS} {
		if errors.Is(link.Err, e) {
			return true
		}
	}
	return false
}
