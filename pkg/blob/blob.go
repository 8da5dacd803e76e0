// Package blob is the store that checkpoints, operations and artifacts live in:
// named, immutable blobs with one atomic operation, create-if-absent.
//
// [Folder] keeps them in a directory, [Sub] scopes a store to a prefix. Other
// stores (S3) implement [Store] and pass the same contract suite, which package
// blobtest holds beside a store in memory and one that fails on purpose.
package blob

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrExists is returned by Create when the name is taken.
var ErrExists = errors.New("blob exists")

// ErrNotFound is returned by Open when there is no blob of that name.
var ErrNotFound = errors.New("blob not found")

// Info describes one stored blob.
type Info struct {
	Name     string
	Size     int64
	Modified time.Time
}

// Store holds immutable blobs under slash-separated names ("log/00000012",
// "state/3f2c…"). No part of a name is empty or starts with a dot. All methods
// are safe for concurrent use.
type Store interface {
	// Create writes a blob that must not exist yet and returns ErrExists when
	// it does. The blob is whole and durable when Create returns nil, and
	// absent or whole after any crash. Of many concurrent creators of one name
	// exactly one gets nil; for the others the winner's blob is durable too. Any
	// other error leaves open whether the blob was written.
	Create(ctx context.Context, name string, content io.Reader) error
	// Replace writes a blob whether or not it exists, whole or not at all. It is
	// for documents that have one writer (status, control), never for the log.
	Replace(ctx context.Context, name string, content io.Reader) error
	// Open reads a blob. It returns ErrNotFound when there is none.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List returns the blobs whose name starts with prefix, sorted by name.
	List(ctx context.Context, prefix string) ([]Info, error)
	// Delete removes a blob; removing one that is absent is no error.
	Delete(ctx context.Context, name string) error
	// Probe checks that the store can be written and that create-if-absent is
	// real, and says what to do when not. It is called once at start.
	Probe(ctx context.Context) error
	// String names the store for people: a path or URL without credentials.
	String() string
}
