package state

// frozenPanes are the panes of a state at a barrier.
type frozenPanes[K comparable, V any] struct {
	keys   *Codec[K]
	values *Codec[V]
	starts []int64
	panes  []*frozenRows[K, V]
}

func (f *frozenPanes[K, V]) rows() (n int64) {
	for _, p := range f.panes {
		n += int64(len(p.rows))
	}
	return n
}

func (f *frozenPanes[K, V]) write(b *blocks) error {
	chunk := make([]Row[K, V], 0, chunkRows)
	for i, p := range f.panes {
		for rows := p.next(chunk); len(rows) > 0; rows = p.next(chunk) {
			if err := f.encode(b, f.starts[i], rows); err != nil {
				return err
			}
		}
		if err := b.flushAll(f.starts[i]); err != nil {
			return err
		}
	}
	return nil
}

func (f *frozenPanes[K, V]) encode(b *blocks, start int64, rows []Row[K, V]) error {
	for i := range rows {
		r := &rows[i]
		o, err := b.of(r.Hash)
		if err != nil {
			return err
		}
		o.data = f.values.Append(f.keys.Append(o.data, &r.Key), &r.Value)
		if o.rows++; len(o.data) >= b.limit {
			if err := b.flush(start, o, KeyGroup(r.Hash, b.groups)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *frozenPanes[K, V]) end() {
	for _, p := range f.panes {
		p.end()
	}
}

// encodedRows is a state that was encoded at the barrier.
type encodedRows struct {
	count int64
	pages [][]byte
}

// encodeNow encodes a state on the subtask's goroutine.
func encodeNow(f frozenState, number, groups, from, to int) (*encodedRows, error) {
	defer f.end()
	e := &encodedRows{}
	b := newBlocks(e, groups, from, to)
	b.state = number
	err := f.write(b)
	e.count = b.rows
	return e, err
}

// Write keeps a copy of p.
func (e *encodedRows) Write(p []byte) (int, error) {
	last := len(e.pages) - 1
	if last < 0 || cap(e.pages[last])-len(e.pages[last]) < len(p) {
		e.pages = append(e.pages, make([]byte, 0, max(len(p), 4<<10<<(2*min(len(e.pages), 4))))) // up to 1 MB
		last++
	}
	e.pages[last] = append(e.pages[last], p...)
	return len(p), nil
}

func (e *encodedRows) rows() int64 { return e.count }

func (e *encodedRows) write(b *blocks) error {
	for _, page := range e.pages {
		if _, err := b.to.Write(page); err != nil {
			return err
		}
	}
	b.rows += e.count
	return nil
}

func (e *encodedRows) end() { e.pages = nil }
