package file

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/spaas/spaas/pkg/fault"
)

// refused is the fault of one key of the config.
func refused(key, do string, cause error) error {
	return &fault.Error{What: "file." + key, Do: do, Err: cause, Incurable: true}
}

// unreadable is the fault of a file or folder that cannot be read. What is
// missing or forbidden stays so until somebody does something about it.
func unreadable(path string, cause error) error {
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		return lasting("there is no such file", path, "correct the path of the source, or put the file there", nil)
	case errors.Is(cause, fs.ErrPermission):
		return lasting("the file may not be read", path, "let the user of the job read it", nil)
	}
	return &fault.Error{What: "the file cannot be read", Where: path, Err: cause}
}

// lasting is the fault of a file that no restart cures.
func lasting(what, where, do string, cause error) error {
	return &fault.Error{What: what, Where: where, Do: do, Err: cause, Incurable: true}
}

// unwritable is the fault of a folder or file that cannot be written. A full
// disk may be emptied while the job starts over; a folder that is forbidden
// stays so until somebody does something about it.
func unwritable(path string, cause error) error {
	f := &fault.Error{What: "the folder cannot be written", Where: path, Err: cause}
	for _, lasting := range []error{fs.ErrPermission, syscall.EROFS, syscall.ENOTDIR} {
		if errors.Is(cause, lasting) {
			f.Do, f.Incurable = "name a folder that the user of the job may write", true
		}
	}
	return f
}
