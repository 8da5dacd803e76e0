package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// format is the version of what this package writes. It changes when a field
// comes that an older reader must not overlook; fields that it may overlook are
// added without a new version.
const format = 1

// seal is the first line of a sealed document: what the second line is, and how
// to tell that all of it is there.
type seal struct {
	Spaas  string `json:"spaas"` // what the document is
	Format int    `json:"format"`
	SHA256 string `json:"sha256"` // of the second line, without its end
}

// errNewer is the reason of a document that only a later version can read.
type errNewer struct{ what string }

func (e *errNewer) Error() string {
	return e.what + " is of a newer version of spaas"
}

// sealed encodes a document: two lines of JSON, a seal and what it seals. Both
// can be read by people and by jq, and no part of it can be lost or changed
// unnoticed.
func sealed[T any](what string, document *T) ([]byte, error) {
	body, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	head, err := json.Marshal(seal{what, format, hex.EncodeToString(sum[:])})
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{head, body, nil}, []byte("\n")), nil
}

// unsealed decodes a document and says what is wrong with it if it cannot.
func unsealed[T any](what string, data []byte) (*T, error) {
	head, body, ok := bytes.Cut(data, []byte("\n"))
	var s seal
	switch err := json.Unmarshal(head, &s); {
	case len(data) == 0:
		return nil, errors.New("the file is empty")
	case err != nil || s.Spaas == "":
		return nil, fmt.Errorf("the first line is no seal of a %s", what)
	case s.Spaas != what:
		return nil, fmt.Errorf("it is a %s, not a %s", s.Spaas, what)
	case s.Format > format:
		return nil, &errNewer{fmt.Sprintf("format %d (this version reads up to %d)", s.Format, format)}
	}
	body, whole := bytes.CutSuffix(body, []byte("\n"))
	if !ok || !whole {
		return nil, fmt.Errorf("the file ends too early, after %d bytes", len(data))
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != s.SHA256 {
		return nil, errors.New("the content does not have the checksum that it was written with")
	}
	document := new(T)
	if err := json.Unmarshal(body, document); err != nil {
		return nil, err
	}
	return document, nil
}
