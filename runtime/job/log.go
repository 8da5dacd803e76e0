package job

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// newLog makes the process's log. It writes to the standard error, because the
// standard output belongs to the stdout connector.
func newLog(format logFormat, w io.Writer) *slog.Logger {
	if format == logText {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: shortTime}))
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

// shortTime leaves the date to the person who reads a terminal.
func shortTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.String(slog.TimeKey, a.Value.Time().Format("15:04:05.000"))
	}
	return a
}

// hidden is what stands in the place of a secret.
const hidden = "[secret]"

// minSecret is the length below which a secret is not looked for: hiding every
// "a" would hide the log, and a secret that short protects nothing.
const minSecret = 4

// censor takes secrets out of what the process prints and serves. The code
// passes secrets only to the clients that need them; the censor is there for
// what those clients may put into an error. It is safe for concurrent use.
type censor struct {
	mu      sync.RWMutex
	secrets []string
}

// add makes a secret known, in each of the shapes it could be printed in.
func (c *censor) add(secret string) {
	if len(secret) < minSecret {
		return
	}
	quoted, _ := json.Marshal(secret)
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(secret)

	c.mu.Lock()
	defer c.mu.Unlock()
	for _, shape := range []string{secret, unquote(string(quoted)), unquote(strings.TrimSpace(plain.String()))} {
		if !slices.Contains(c.secrets, shape) {
			c.secrets = append(c.secrets, shape)
		}
	}
	// The longest first: one secret may be the beginning of another.
	slices.SortFunc(c.secrets, func(a, b string) int { return len(b) - len(a) })
}

func unquote(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, `"`), `"`) }

// clean returns s without secrets.
func (c *censor) clean(s string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, secret := range c.secrets {
		s = strings.ReplaceAll(s, secret, hidden)
	}
	return s
}

// writer returns a writer that passes each write on without secrets. Log
// handlers write a record in one call, so no secret is cut in two.
func (c *censor) writer(w io.Writer) io.Writer { return &censored{censor: c, to: w} }

type censored struct {
	censor *censor
	mu     sync.Mutex
	to     io.Writer
}

func (w *censored) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.censor.mu.RLock()
	none := len(w.censor.secrets) == 0
	w.censor.mu.RUnlock()
	if none {
		return w.to.Write(p)
	}
	if _, err := io.WriteString(w.to, w.censor.clean(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
