package file

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// errNoFiles is a folder or glob that has no file to read.
var errNoFiles = errors.New("no file is there")

// find returns the files of the source's path in the order of their names. A
// name is the file's path as the config has it: from the folder of the job, or
// absolute. So a job may move with its files.
func (s *source) find() ([]string, error) {
	path := filepath.Clean(s.config.Path)
	at := resolve(s.env, path)
	var names []string
	info, err := os.Stat(at)
	switch {
	case err == nil && info.Mode().IsRegular():
		return []string{path}, nil
	case err == nil && info.IsDir():
		entries, err := os.ReadDir(at)
		if err != nil {
			return nil, unreadable(at, err)
		}
		for _, e := range entries {
			names = append(names, filepath.Join(path, e.Name()))
		}
	case err == nil:
		return nil, lasting("neither a file nor a folder", at, "name a file, a folder or a glob", nil)
	case !strings.ContainsAny(path, "*?["):
		return nil, unreadable(at, err)
	default:
		// Only the path of the config is a pattern, not that of the job's folder.
		pattern := path
		if !filepath.IsAbs(path) {
			pattern = filepath.Join(quoteMeta(s.env.Dir), path)
		}
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return nil, lasting("the path is no glob", path, `write [ as \[ where it is part of a name`, err)
		}
		for _, m := range matches {
			name := m
			if !filepath.IsAbs(path) {
				if name, err = filepath.Rel(resolve(s.env, "."), m); err != nil {
					return nil, err
				}
			}
			names = append(names, name)
		}
	}
	// Hidden files are half-written ones, of our own sink and of others.
	names = slices.DeleteFunc(names, func(name string) bool {
		info, err := os.Stat(resolve(s.env, name))
		return strings.HasPrefix(filepath.Base(name), ".") || err == nil && !info.Mode().IsRegular()
	})
	if len(names) == 0 {
		return nil, lasting("there is nothing to read", at, "correct the path of the source, or put files there", errNoFiles)
	}
	slices.Sort(names)
	return names, nil
}

// quoteMeta makes a path mean itself in a glob.
func quoteMeta(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
