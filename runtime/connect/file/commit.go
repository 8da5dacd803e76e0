package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spaas/spaas/runtime/connect"
)

// staged is a committable: complete parts that have no name yet.
type staged struct {
	Path   string   `json:"path"`   // of the folder, as the config had it
	Suffix string   `json:"suffix"` // of the names to give
	Parts  []string `json:"parts"`
}

// stagedOf reads a committable, which is empty if another deployment made it.
func (s *sink) stagedOf(c connect.Committable) (parts staged, err error) {
	if c.Deployment != s.deployment() {
		return staged{}, nil
	}
	if err := json.Unmarshal(c.Data, &parts); err != nil {
		return staged{}, lasting("the checkpoint has parts that cannot be read", "", "", err)
	}
	return parts, nil
}

// hidden is the path of a part that has no name yet.
func (g staged) hidden(s *sink, part string) string {
	return filepath.Join(resolve(s.env, g.Path), s.hidden()+part)
}

// Commit implements connect.Sink: it gives parts their names. What is no longer
// there under its hidden name got its own in a commit before.
func (s *sink) Commit(_ context.Context, _ uint64, all []connect.Committable) error {
	for _, c := range all {
		parts, err := s.stagedOf(c)
		if err != nil {
			return err
		}
		if err := s.publish(parts); err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) publish(parts staged) error {
	if len(parts.Parts) == 0 {
		return nil
	}
	dir := resolve(s.env, parts.Path)
	var done []string
	for _, part := range parts.Parts {
		hidden := parts.hidden(s, part)
		switch err := s.name(hidden, filepath.Join(dir, s.env.Name+"-"+part), parts.Suffix); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return unwritable(hidden, err)
		default:
			done = append(done, hidden)
		}
	}
	// The new names are safe before the old ones go.
	if err := syncFolder(dir); err != nil {
		return unwritable(dir, err)
	}
	for _, hidden := range done {
		if err := os.Remove(hidden); err != nil {
			return unwritable(hidden, err)
		}
	}
	return nil
}

// name gives a part the first name that is free; a link never replaces. A name
// is taken where a job of the same name started over from nothing, and counts
// its generations anew. If the name is this part's already, a commit that did
// not come to its end gave it.
func (s *sink) name(hidden, stem, suffix string) error {
	part, err := os.Stat(hidden)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		name := stem + suffix
		if n > 1 {
			name = fmt.Sprintf("%s-%d%s", stem, n, suffix)
		}
		err := os.Link(hidden, name)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if other, err := os.Stat(name); err == nil && os.SameFile(part, other) {
			return nil
		}
	}
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
