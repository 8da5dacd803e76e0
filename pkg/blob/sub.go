package blob

import (
	"context"
	"io"
	"strings"
)

// Sub is the part of a store below a prefix, as a store: names are relative to
// "prefix/". What one Sub writes, a Sub of another prefix never sees.
func Sub(s Store, prefix string) Store {
	prefix = strings.Trim(prefix, "/")
	if prefix == "" {
		return s
	}
	if outer, ok := s.(*sub); ok {
		return &sub{outer.store, outer.prefix + prefix + "/"}
	}
	return &sub{s, prefix + "/"}
}

type sub struct {
	store  Store
	prefix string
}

func (s *sub) Create(ctx context.Context, name string, content io.Reader) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return s.store.Create(ctx, s.prefix+name, content)
}

func (s *sub) Replace(ctx context.Context, name string, content io.Reader) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return s.store.Replace(ctx, s.prefix+name, content)
}

func (s *sub) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return s.store.Open(ctx, s.prefix+name)
}

func (s *sub) List(ctx context.Context, prefix string) ([]Info, error) {
	infos, err := s.store.List(ctx, s.prefix+prefix)
	for i := range infos {
		infos[i].Name = strings.TrimPrefix(infos[i].Name, s.prefix)
	}
	return infos, err
}

func (s *sub) Delete(ctx context.Context, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return s.store.Delete(ctx, s.prefix+name)
}

// Probe probes below the prefix, where this store will write.
func (s *sub) Probe(ctx context.Context) error { return Probe(ctx, s) }

func (s *sub) String() string {
	return strings.TrimSuffix(s.store.String(), "/") + "/" + strings.TrimSuffix(s.prefix, "/")
}
