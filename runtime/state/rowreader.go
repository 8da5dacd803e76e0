package state

import (
	"errors"
	"fmt"
	"slices"
)

// rowReader reads rows of one state into a place of its own.
type rowReader interface {
	// read reads the rows of a block: as many as are told, of one key group.
	read(start int64, data []byte, rows, group, groups int) error
}

// paneReader reads the rows of panes.
type paneReader[K comparable, V any] struct {
	into   *paneSet[K, V]
	hash   keyHash[K]
	keys   *Codec[K]
	values *Codec[V]
}

func (r *paneReader[K, V]) read(start int64, data []byte, rows, group, groups int) error {
	i, found := slices.BinarySearch(r.into.starts, start)
	if !found {
		r.into.insert(i, start, NewTable[K, V](0))
	}
	t := r.into.tables[i]
	var key [1]K
	var h [1]uint64
	for range rows {
		var err error
		if data, err = r.keys.Decode(data, &key[0]); err != nil {
			return fmt.Errorf("key: %w", err)
		}
		r.hash.columns(key[:], h[:])
		if is := KeyGroup(h[0], groups); is != group {
			return fmt.Errorf("key %v is in key group %d, not %d", key[0], is, group)
		}
		before := t.Len()
		v := t.At(h[0], key[0])
		if t.Len() == before {
			return fmt.Errorf("key %v is there twice", key[0])
		}
		if data, err = r.values.Decode(data, v); err != nil {
			return fmt.Errorf("value of key %v: %w", key[0], err)
		}
	}
	if len(data) > 0 {
		return errors.New("a block is longer than its rows")
	}
	return nil
}
