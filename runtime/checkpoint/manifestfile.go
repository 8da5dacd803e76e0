package checkpoint

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/spaas/spaas/pkg/blob"
	"github.com/spaas/spaas/pkg/fault"
)

// manifestSeal is what a manifest is, in its seal.
const manifestSeal = "checkpoint manifest"

// manifests reads and writes the manifests of a job.
type manifests struct {
	store blob.Store
	job   string
}

// write stores a manifest whole and returns what the record that decides the
// checkpoint says of it.
func (s manifests) write(ctx context.Context, m *Manifest) (File, error) {
	data, err := sealed(manifestSeal, m)
	if err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(data)
	f := File{Name: manifestName(m.Identity), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
	err = s.store.Create(ctx, f.Name, bytes.NewReader(data))
	if errors.Is(err, blob.ErrExists) {
		// The name is this attempt's own: nobody else can have written it.
		err = nil
	}
	return f, err
}

// read returns the manifest of a decided checkpoint, or the fault of it.
func (s manifests) read(ctx context.Context, e *entry) (*Manifest, error) {
	data, err := readAll(ctx, s.store, e.Manifest.Name)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, s.damaged(e, e.Manifest.Name, errors.New("the manifest is missing"))
	} else if err != nil {
		return nil, err
	}
	if size := int64(len(data)); size != e.Manifest.Size {
		return nil, s.damaged(e, e.Manifest.Name, fmt.Errorf("the manifest has %d bytes, %d were written", size, e.Manifest.Size))
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != e.Manifest.SHA256 {
		return nil, s.damaged(e, e.Manifest.Name, errors.New("the manifest does not have the checksum that the decision log has of it"))
	}
	m, err := unsealed[Manifest](manifestSeal, data)
	if err != nil {
		return nil, s.damaged(e, e.Manifest.Name, err)
	}
	if m.Job != s.job {
		return nil, &fault.Error{
			What: fmt.Sprintf("checkpoint %d is of job %s, this is job %s", m.Checkpoint, m.Job, s.job), Where: s.where(e.Manifest.Name),
			Do: "give each job a folder of its own in the store", Incurable: true,
		}
	}
	if m.Identity != e.Identity {
		return nil, s.damaged(e, e.Manifest.Name, fmt.Errorf("it is the manifest of checkpoint %s", m.Identity))
	}
	return m, nil
}

// verify checks that every file of a manifest is there with its size, and names
// each that is not. Their content is checked where it is read.
func (s manifests) verify(ctx context.Context, e *entry, m *Manifest) error {
	sizes := map[string]int64{}
	listed := map[string]bool{}
	var faults fault.List
	for f := range m.files() {
		prefix := listPrefix(f.Name)
		if !listed[prefix] {
			infos, err := s.store.List(ctx, prefix)
			if err != nil {
				return err
			}
			for _, i := range infos {
				sizes[i.Name] = i.Size
			}
			listed[prefix] = true
		}
		switch size, ok := sizes[f.Name]; {
		case !ok:
			faults = append(faults, s.damaged(e, f.Name, errors.New("the file is missing")))
		case size != f.Size:
			faults = append(faults, s.damaged(e, f.Name, fmt.Errorf("the file has %d bytes, %d were written", size, f.Size)))
		}
	}
	if len(faults) == 1 {
		return faults[0]
	}
	return faults.Err()
}

// listPrefix is what the files of one checkpoint are listed by.
func listPrefix(file string) string {
	if id, ok := identityOf(file); ok {
		return stateFolder + id.String()
	}
	return path.Dir(file) + "/"
}

// damaged is the fault of a checkpoint that cannot be restored.
func (s manifests) damaged(e *entry, name string, err error) error {
	f := &fault.Error{
		What:  fmt.Sprintf("checkpoint %d of %s cannot be restored", e.Number, e.At.UTC().Format(time.RFC3339)),
		Where: s.where(name), Err: err, Incurable: true,
		Do: "bring the file back from a copy of the store; to start the job from nothing, remove the folder of the job",
	}
	if _, ok := errors.AsType[*errNewer](err); ok {
		f.Do = "run the version of spaas that wrote it, or a newer one"
	}
	return f
}

func (s manifests) where(name string) string { return s.store.String() + "/" + name }
