package checkpoint

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The folders of a job's store that are this package's.
const (
	logFolder      = "log/"
	manifestFolder = "manifests/"
	stateFolder    = "state/"
)

// logName is the name of a record of the decision log.
func logName(number uint64) string { return fmt.Sprintf("%s%012d", logFolder, number) }

// logNumber is the number in the name of a record; false for a name that is none.
func logNumber(name string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, logFolder)
	if !ok || len(digits) < 12 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil && logName(n) == name
}

// identity is what a checkpoint is called for ever. The number of a checkpoint
// is unique in a log and a term has one nonce, so an identity is unique even
// where two processes believe to be in charge, or where a log was deleted and
// begun anew above files of the old one.
type identity struct {
	checkpoint, generation, term uint64
	nonce                        string // the first letters of the nonce of the term's record
}

// identityNonce is the part of a record's nonce that is in identities: 50 bits.
func identityNonce(nonce string) string { return strings.ToLower(nonce[:min(len(nonce), 10)]) }

func (i identity) String() string {
	return fmt.Sprintf("%08d-g%d-t%d-%s", i.checkpoint, i.generation, i.term, i.nonce)
}

var identityPattern = regexp.MustCompile(`^(\d{8,})-g(\d+)-t(\d+)-([a-z0-9]+)(?:[-.]|$)`)

// identityOf reads the identity that the name of a manifest or of a state file
// starts with, below its folder; false for a name that is not ours.
func identityOf(name string) (identity, bool) {
	_, base, _ := strings.Cut(name, "/")
	m := identityPattern.FindStringSubmatch(base)
	if m == nil {
		return identity{}, false
	}
	var numbers [3]uint64
	for i := range numbers {
		n, err := strconv.ParseUint(m[i+1], 10, 64)
		if err != nil {
			return identity{}, false
		}
		numbers[i] = n
	}
	return identity{numbers[0], numbers[1], numbers[2], m[4]}, true
}

// manifestName is the name of the manifest of a checkpoint.
func manifestName(identity string) string { return manifestFolder + identity + ".json" }

// filePrefix is what all files start with that a task writes for a checkpoint.
// The place of the task among the tasks of the job keeps two chains apart whose
// names look the same when they are made fit for a name.
func filePrefix(identity string, place int, task TaskID) string {
	return fmt.Sprintf("%s%s-%d-%s-%d-", stateFolder, identity, place, fit(task.Chain), task.Subtask)
}

// fit replaces what cannot stand in the name of a blob.
func fit(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return '-'
	}, name)
}
