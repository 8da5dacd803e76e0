package config

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spaas/spaas/pkg/fault"
)

// form is how a text of the model must look.
type form struct {
	expects string
	pattern string // for the schema, and the check when there is no other
	// refuse says why a text does not have the form, "" when it has.
	refuse func(string) string
	// hidden texts may be secrets: they are never repeated.
	hidden bool
	// references says that the form is checked even on a reference.
	references bool
}

// NamePattern is what names of jobs, sources, sinks, environments, clusters and
// stores look like.
const NamePattern = `^[a-z][a-z0-9-]{0,39}$`

var forms = map[string]form{
	"name":        {expects: "a name like clicks-2", pattern: NamePattern, refuse: refuseName(reservedNames)},
	"job":         {expects: "a name like clicks-by-country", pattern: NamePattern, refuse: refuseName(reservedJobs)},
	"namespace":   matching("a Nomad namespace like growth", `^[a-zA-Z0-9-]{1,128}$`, "it is made of letters, digits and -"),
	"property":    matching("a name like lateness", `^[a-zA-Z][a-zA-Z0-9_-]{0,63}$`, "it is a letter, then letters, digits, _ and -"),
	"field":       matching("a name like user_id", `^[^.\s]{1,64}$`, "it has no dots and no blanks"),
	"topic":       matching("a topic like clicks.v1", `^[a-zA-Z0-9._-]{1,249}$`, "Kafka allows letters, digits, dot, _ and -"),
	"address":     {expects: "an address like kafka-1:9092", pattern: `^\S+:[0-9]+$`, refuse: refuseAddress},
	"network":     matching("host, bridge or cni/NAME", `^(host|bridge|cni/[a-zA-Z0-9_-]+)$`, "it is none of these"),
	"time":        {expects: "a time like 2026-11-21T14:00:00Z", refuse: refuseTime},
	"start":       {expects: "earliest, latest or a time like 2026-11-21T14:00:00Z", refuse: refuseStart},
	"secret":      {expects: "a reference like ${env:NAME}", pattern: `^\$\{(env|file|nomad):[^}]+\}$`, refuse: refuseSecret, hidden: true, references: true},
	"private-key": {expects: "a file, or a reference like ${file:/secrets/key.pem}", refuse: refusePEM, hidden: true},
}

func formOf(name string) form {
	f, ok := forms[name]
	if name != "" && !ok {
		panic("config: the model names a form " + name + ", which is not in forms")
	}
	return f
}

// matching is a form that a pattern says all about; why is for people.
func matching(expects, pattern, why string) form {
	compiled := regexp.MustCompile(pattern)
	return form{expects: expects, pattern: pattern, refuse: func(s string) string {
		if compiled.MatchString(s) {
			return ""
		}
		return why
	}}
}

var (
	// reservedNames would be read as something else: by YAML, or where a verb
	// takes a name.
	reservedNames = []string{"all", "default", "false", "live", "none", "null", "template", "true"}
	reservedJobs  = append([]string{"spaas", "nomad", "consul", "vault"}, reservedNames...)
)

// refuseName checks the letters of a name and that it is no reserved word.
func refuseName(reserved []string) func(string) string {
	return func(s string) string {
		switch {
		case s == "":
			return "it is empty"
		case len(s) > 40:
			return fmt.Sprintf("it has %d letters, at most 40 are allowed", len(s))
		case s[0] < 'a' || s[0] > 'z':
			return "it starts with a small letter, a to z"
		case !nameLetters.MatchString(s):
			return "it is made of small letters, digits and -"
		case slices.Contains(reserved, s):
			return "that word is reserved"
		}
		return ""
	}
}

var nameLetters = regexp.MustCompile(NamePattern)

// CheckJobName says why a name cannot be that of a job, as a [fault.Error]; nil
// when it can.
func CheckJobName(name string) error {
	if e := checkName("job", name, refuseName(reservedJobs)); e != nil {
		return e
	}
	return nil
}

// CheckName says why a name cannot be that of a source, sink, environment,
// cluster or store; what is the word for it in the error.
func CheckName(what, name string) error {
	if e := checkName(what, name, refuseName(reservedNames)); e != nil {
		return e
	}
	return nil
}

func checkName(what, name string, refuse func(string) string) *fault.Error {
	why := refuse(name)
	if why == "" {
		return nil
	}
	e := &fault.Error{What: fmt.Sprintf("%q cannot be the name of %s: %s", name, article(what), why), Incurable: true}
	if better := betterName(name); better != "" && better != name && refuse(better) == "" {
		e.Do = "for example " + better
	}
	return e
}

// article puts a or an before a word.
func article(word string) string {
	if strings.ContainsAny(word[:1], "aeiou") {
		return "an " + word
	}
	return "a " + word
}

// betterName is a name near to one that is refused: "My_Job" becomes "my-job".
func betterName(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9' && b.Len() > 0:
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	better := b.String()
	return strings.TrimRight(better[:min(len(better), 40)], "-")
}

func refuseAddress(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || strings.ContainsAny(s, " /\t\r\n") {
		return "it is a host, a colon and a port"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "its port is not between 1 and 65535"
	}
	return ""
}

func refuseTime(s string) string {
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return "it is no time of RFC 3339"
	}
	return ""
}

func refuseStart(s string) string {
	if s == "earliest" || s == "latest" {
		return ""
	}
	return refuseTime(s)
}

func refuseSecret(s string) string {
	if refs, err := parseReferences(s); err != nil || len(refs) != 1 || refs[0].String() != s {
		return "it is no reference; what stands there is not repeated here"
	}
	return ""
}

func refusePEM(s string) string {
	if strings.Contains(s, "-----BEGIN") {
		return "it is a key itself; what stands there is not repeated here"
	}
	return ""
}
