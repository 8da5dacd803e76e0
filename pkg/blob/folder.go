package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// temporary is the folder, below the store's, where blobs are written before
// they get their name. It is on the same file system, and List never sees it.
const temporary = ".tmp"

// Folder keeps blobs as files of a directory. It needs a file system with hard
// links: link(2) is what makes create-if-absent real, because unlike rename it
// never replaces, and unlike O_EXCL it never shows a half-written file.
type Folder struct {
	dir string
}

// NewFolder is the store in a directory, which is made when it is first written.
func NewFolder(dir string) *Folder { return &Folder{dir: filepath.Clean(dir)} }

// String is the path of the folder.
func (f *Folder) String() string { return f.dir }

// Create implements Store.
func (f *Folder) Create(ctx context.Context, name string, content io.Reader) error {
	if err := CheckName(name); err != nil {
		return err
	}
	path := f.path(name)
	// The common loser is spared the writing. The link below is what decides.
	if _, err := os.Lstat(path); err == nil {
		return f.exists(path)
	}
	temp, err := f.write(ctx, content)
	if err != nil {
		return asFault(f.dir, "the store cannot be written", err)
	}
	defer os.Remove(temp)
	if err := f.makeFolder(filepath.Dir(path)); err != nil {
		return asFault(f.dir, "the store cannot be written", err)
	}
	if err := os.Link(temp, path); errors.Is(err, fs.ErrExist) {
		return f.exists(path)
	} else if err != nil {
		return asFault(f.dir, "the store cannot be written", err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return asFault(f.dir, "the store cannot be written", err)
	}
	return nil
}

// exists is ErrExists for a blob that is there. Its creator may have crashed
// before the name was durable; whoever is told that it exists may rely on it.
func (f *Folder) exists(path string) error {
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return asFault(f.dir, "the store cannot be written", err)
	}
	return fmt.Errorf("%s: %w", path, ErrExists)
}

// Replace implements Store.
func (f *Folder) Replace(ctx context.Context, name string, content io.Reader) error {
	if err := CheckName(name); err != nil {
		return err
	}
	temp, err := f.write(ctx, content)
	if err != nil {
		return asFault(f.dir, "the store cannot be written", err)
	}
	path := f.path(name)
	err = f.makeFolder(filepath.Dir(path))
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return asFault(f.dir, "the store cannot be written", err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return asFault(f.dir, "the store cannot be written", err)
	}
	return nil
}

// Open implements Store.
func (f *Folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	path := f.path(name)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNotFound)
	} else if err != nil {
		return nil, asFault(f.dir, "the store cannot be read", err)
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		file.Close()
		return nil, errors.Join(fmt.Errorf("%s: %w", path, ErrNotFound), err)
	}
	return file, nil
}

// List implements Store.
func (f *Folder) List(ctx context.Context, prefix string) ([]Info, error) {
	// Only the folder that the prefix names is walked, not the whole store.
	below := prefix[:strings.LastIndexByte(prefix, '/')+1]
	if below != "" && CheckName(strings.TrimSuffix(below, "/")) != nil {
		return nil, nil
	}
	var infos []Info
	err := filepath.WalkDir(f.path(below), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since its folder was read, or nothing written yet
		} else if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(f.dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if name == "." {
			return nil
		}
		if d.IsDir() {
			if d.Name()[0] == '.' || !strings.HasPrefix(name+"/", prefix) && !strings.HasPrefix(prefix, name+"/") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasPrefix(name, prefix) || d.Name()[0] == '.' {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		infos = append(infos, Info{Name: name, Size: info.Size(), Modified: info.ModTime()})
		return nil
	})
	if err != nil {
		return nil, asFault(f.dir, "the store cannot be listed", err)
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

// Delete implements Store. Folders that become empty stay.
func (f *Folder) Delete(_ context.Context, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return asFault(f.dir, "the store cannot delete", err)
	}
	return nil
}

// Probe implements Store. It also sweeps temporary files that crashed processes
// left behind.
func (f *Folder) Probe(ctx context.Context) error {
	if err := Probe(ctx, f); err != nil {
		return err
	}
	if err := f.sweep(); err != nil {
		return asFault(f.dir, "the store cannot be swept", err)
	}
	return nil
}

// sweep removes temporary files that are older than stale by the clock of the
// file system, which is that of a file written now.
func (f *Folder) sweep() error {
	temp, err := f.write(context.Background(), strings.NewReader("now"))
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	now, err := os.Stat(temp)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(f.dir, temporary))
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile: its owner is alive
		}
		if now.ModTime().Sub(info.ModTime()) > stale {
			if err := os.Remove(filepath.Join(f.dir, temporary, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// write puts content into a new temporary file, durably, and returns its path.
func (f *Folder) write(ctx context.Context, content io.Reader) (path string, err error) {
	dir := filepath.Join(f.dir, temporary)
	if err := f.makeFolder(dir); err != nil {
		return "", err
	}
	path = filepath.Join(dir, rand.Text())
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(path)
		}
	}()
	if _, err := io.Copy(file, &cancelled{ctx, content}); err != nil {
		return "", err
	}
	if err := file.Sync(); err != nil {
		return "", err
	}
	return path, file.Close()
}

// makeFolder makes a folder below the store's, and the store's own, durably:
// each new name is synced in the folder that holds it.
func (f *Folder) makeFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := f.makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

func (f *Folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// cancelled reads until ctx is done.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
