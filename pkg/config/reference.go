package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// Reference stands for a value that is kept elsewhere: ${env:NAME},
// ${file:path}, ${nomad:path#key}.
type Reference struct {
	Kind ReferenceKind
	Name string // of the variable, or path of the file or Nomad variable
	Key  string // of the Nomad variable
}

// ReferenceKind says where the value is kept.
type ReferenceKind string

// The kinds of references.
const (
	EnvReference   ReferenceKind = "env"   // an environment variable of the job's process
	FileReference  ReferenceKind = "file"  // a file of the job's machine
	NomadReference ReferenceKind = "nomad" // an item of a Nomad variable
)

var referenceKinds = []string{string(EnvReference), string(FileReference), string(NomadReference)}

// String is the reference as it is written.
func (r Reference) String() string {
	if r.Kind == NomadReference {
		return fmt.Sprintf("${%s:%s#%s}", r.Kind, r.Name, r.Key)
	}
	return fmt.Sprintf("${%s:%s}", r.Kind, r.Name)
}

var (
	envName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	nomadPath = regexp.MustCompile(`^[a-zA-Z0-9-_~/]{1,128}$`)
	nomadKey  = regexp.MustCompile(`^[\pL\pN_]+$`)
)

// parseReferences finds the references of a text. The error of a malformed one
// says what is wrong with it and how it is written, and repeats none of it.
func parseReferences(s string) (refs []Reference, err *fault.Error) {
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "${")
		if !found {
			return refs, nil
		}
		inside, after, closed := strings.Cut(after, "}")
		if !closed {
			return nil, &fault.Error{What: "a reference has no }", Do: "write ${env:NAME}, ${file:path} or ${nomad:path#key}"}
		}
		ref, err := parseReference(inside)
		if err != nil {
			return nil, err
		}
		refs, rest = append(refs, ref), after
	}
}

func parseReference(inside string) (Reference, *fault.Error) {
	kind, name, colon := strings.Cut(inside, ":")
	r := Reference{Kind: ReferenceKind(kind), Name: name}
	malformed := func(what, do string) (Reference, *fault.Error) {
		return Reference{}, &fault.Error{What: what, Do: do}
	}
	switch {
	case !colon:
		return malformed("a reference does not say where to look", "write ${env:NAME}, ${file:path} or ${nomad:path#key}")
	case !slices.Contains(referenceKinds, kind):
		return malformed("a reference is of an unknown kind", nearest(kind, referenceKinds))
	case r.Kind == EnvReference && !envName.MatchString(name):
		return malformed("a reference names no environment variable", "write ${env:NAME}, of letters, digits and _")
	case r.Kind == FileReference && strings.TrimSpace(name) == "":
		return malformed("a reference names no file", "write ${file:path}")
	case r.Kind == NomadReference:
		var hash bool
		r.Name, r.Key, hash = strings.Cut(name, "#")
		if !hash || !nomadPath.MatchString(r.Name) || !nomadKey.MatchString(r.Key) {
			return malformed("a reference names no item of a Nomad variable", "write ${nomad:path#key}")
		}
	}
	return r, nil
}
