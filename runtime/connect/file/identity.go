package file

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
)

// What makes a file the same one when it is read again.
const (
	identitySize = "size" // in bytes, as it lies there
	identityHead = "head" // SHA-256 of its first bytes
)

// headSize is how many bytes of a file are hashed.
const headSize = 4096

// identify returns the identity of a file as it is now.
func identify(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return identityOf(f)
}

func identityOf(f *os.File) (map[string]string, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", f.Name())
	}
	head := sha256.New()
	if _, err := io.Copy(head, io.NewSectionReader(f, 0, headSize)); err != nil {
		return nil, err
	}
	return map[string]string{
		identitySize: strconv.FormatInt(info.Size(), 10),
		identityHead: hex.EncodeToString(head.Sum(nil)[:16]),
	}, nil
}

// difference says how a file is another one than it was; "" if it is the same.
func difference(was, is map[string]string) string {
	switch {
	case was[identitySize] != is[identitySize]:
		return fmt.Sprintf("it had %s bytes and has %s", was[identitySize], is[identitySize])
	case was[identityHead] != is[identityHead]:
		return "it begins with other bytes"
	}
	return ""
}
