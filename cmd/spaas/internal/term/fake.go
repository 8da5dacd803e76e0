package term

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// Option changes what a terminal of a test can do.
type Option func(*Terminal)

// AsTTY makes it a terminal of width columns and height rows, without colours.
func AsTTY(width, height int) Option {
	return func(t *Terminal) {
		t.inTTY, t.outTTY, t.errTTY = true, true, true
		t.size = func() (int, int) { return width, height }
	}
}

// WithColor shows colours.
func WithColor() Option { return func(t *Terminal) { t.color = true } }

// WithInput is what the person types.
func WithInput(s string) Option { return func(t *Terminal) { t.In = strings.NewReader(s) } }

// WithReader is where keys come from.
func WithReader(r io.Reader) Option { return func(t *Terminal) { t.In = r } }

// Fake is a terminal for tests: a pipe unless options say otherwise. It returns
// what was written to Out and Err; both may be read while they are written.
func Fake(options ...Option) (t *Terminal, out, err *Buffer) {
	out, err = new(Buffer), new(Buffer)
	t = &Terminal{In: strings.NewReader(""), Out: out, Err: err}
	t.size = func() (int, int) { return fallbackWidth, fallbackHeight }
	for _, option := range options {
		option(t)
	}
	return t, out, err
}

// Buffer keeps what was written to it, safe for use by several goroutines.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String is all that was written.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
