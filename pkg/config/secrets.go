package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// SecretResolver turns references into what they stand for.
type SecretResolver interface {
	// Resolve returns s with every reference in it (${env:NAME}, ${file:path},
	// ${nomad:path#key}) replaced by what it stands for. The error of one that
	// cannot be resolved names the reference, never its content.
	Resolve(s string) (string, error)
}

// maxSecret is the size of the largest file that is taken for a secret.
const maxSecret = 1 << 20

// NewSecrets resolves the references that a process can resolve by itself, off
// Nomad: environment variables by lookup, and files, relative ones from dir.
// observe is told every secret that is given out, so that a log can be kept
// clean of it; it may be nil. The resolver is safe for concurrent use when
// lookup and observe are.
func NewSecrets(lookup func(name string) (string, bool), dir string, observe func(secret string)) SecretResolver {
	if observe == nil {
		observe = func(string) {}
	}
	return &secrets{lookup, dir, observe}
}

type secrets struct {
	lookup  func(string) (string, bool)
	dir     string
	observe func(string)
}

// Resolve implements [SecretResolver].
func (s *secrets) Resolve(text string) (string, error) {
	refs, malformed := parseReferences(text)
	if malformed != nil {
		malformed.Incurable = true
		return "", malformed
	}
	var resolved strings.Builder
	for _, ref := range refs {
		before, after, _ := strings.Cut(text, ref.String())
		value, err := s.value(ref)
		if err != nil {
			return "", err
		}
		s.observe(value)
		resolved.WriteString(before)
		resolved.WriteString(value)
		text = after
	}
	return resolved.String() + text, nil
}

// value is what a reference stands for. An empty value is an error: it is a
// mistake far more often than it is meant.
func (s *secrets) value(ref Reference) (value string, err error) {
	refused := &fault.Error{What: "the reference " + ref.String() + " cannot be resolved", Incurable: true}
	switch ref.Kind {
	case EnvReference:
		var ok bool
		if value, ok = s.lookup(ref.Name); !ok {
			refused.Err, refused.Do = errors.New("there is no such environment variable"), "set "+ref.Name+" for this process"
			return "", refused
		}
	case FileReference:
		if value, err = s.file(ref.Name); err != nil {
			refused.Err, refused.Do = plainError(err), "write the secret into that file"
			return "", refused
		}
	case NomadReference:
		refused.Err = errors.New("it names a Nomad variable, and this process is no Nomad task")
		refused.Do = "use ${env:NAME} or ${file:path} here, for example in a platform document of your own"
		return "", refused
	}
	if value == "" {
		refused.Err = errors.New("it stands for nothing")
		return "", refused
	}
	return value, nil
}

// file reads a secret from a file, without the newline that editors put there.
func (s *secrets) file(name string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(s.dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxSecret {
		return "", errors.New("it is larger than a secret is")
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}
