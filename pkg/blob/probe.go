package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// stale is the age at which what a crashed process left is swept. A writer that
// was asleep for longer finds its temporary file gone and fails; nothing worse.
const stale = time.Hour

// Probe checks with blobs of its own that a store does what Store promises, as
// far as one process can see. It is what Probe methods are made of.
func Probe(ctx context.Context, s Store) error {
	name := "probe/" + rand.Text()
	first := bytes.Repeat([]byte("first "), 1024)
	if err := s.Create(ctx, name, bytes.NewReader(first)); err != nil {
		return asFault(s.String(), "the store cannot be written", err)
	}
	err := probe(ctx, s, name, first)
	// Without cancellation: the probe's own blob should not stay behind.
	if derr := s.Delete(context.WithoutCancel(ctx), name); err == nil && derr != nil {
		return asFault(s.String(), "the store cannot delete what it wrote", derr)
	}
	return err
}

func probe(ctx context.Context, s Store, name string, first []byte) error {
	lying := func(what string) error {
		return &fault.Error{
			What: what, Where: s.String(), Incurable: true,
			Do: "two copies of a job could both write here; use a local or network file system with hard links, or a store with conditional writes",
		}
	}
	switch err := s.Create(ctx, name, bytes.NewReader([]byte("second"))); {
	case err == nil:
		return lying("the store ignores create-if-absent: it overwrote a blob that existed")
	case !errors.Is(err, ErrExists):
		return asFault(s.String(), "the store does not answer a second creation with 'exists'", err)
	}
	r, err := s.Open(ctx, name)
	if err != nil {
		return asFault(s.String(), "the store cannot be read", err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return asFault(s.String(), "the store cannot be read", err)
	}
	if !bytes.Equal(got, first) {
		return lying(fmt.Sprintf("the store does not keep what it is given: %d bytes written, %d other bytes read", len(first), len(got)))
	}
	infos, err := s.List(ctx, "probe/")
	if err != nil {
		return asFault(s.String(), "the store cannot be listed", err)
	}
	var mine *Info
	for i := range infos {
		if infos[i].Name == name {
			mine = &infos[i]
		}
	}
	if mine == nil {
		return lying("the store does not list a blob that was just created")
	}
	for _, old := range infos {
		// Measured by the store's clock, not by ours: they may differ.
		if mine.Modified.Sub(old.Modified) > stale {
			if err := s.Delete(ctx, old.Name); err != nil {
				return asFault(s.String(), "the store cannot delete what it wrote", err)
			}
		}
	}
	return nil
}
