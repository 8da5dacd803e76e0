package scaffold

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/spaas/spaas/pkg/version"
)

// The files that spaas keeps in a job's repo about itself.
const (
	answersPath = ".spaas/answers.yaml"
	lockPath    = ".spaas/spaas.lock"
)

// kept is the document of .spaas/answers.yaml.
type kept struct {
	Version         int    `yaml:"version"` // of this document
	Spaas           string `yaml:"spaas"`   // that made the repo
	TemplateVersion int    `yaml:"template_version"`
	Answers         `yaml:",inline"`
}

// answersFile keeps the answers that a repo was made with.
func answersFile(a Answers, templateVersion int, by version.Info) (File, error) {
	data, err := yaml.Marshal(kept{1, by.Version, templateVersion, a})
	if err != nil {
		return File{}, fmt.Errorf("writing %s: %w", answersPath, err)
	}
	const head = "# What `spaas init` was answered. `spaas init --answers FILE` makes such a repo again.\n"
	return newFile(answersPath, append([]byte(head), data...)), nil
}

// ParseAnswers reads a file of answers: one that a repo keeps, or one that a
// person wrote. What it leaves out stays empty.
func ParseAnswers(data []byte) (Answers, error) {
	var k kept
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.DisallowUnknownField()).Decode(&k)
	if err != nil {
		return Answers{}, err
	}
	if k.Version > 1 {
		return Answers{}, fmt.Errorf("the answers are of version %d; this spaas knows version 1", k.Version)
	}
	return k.Answers, nil
}

// Release is where a released spaas can be had.
type Release struct {
	URL    string // of its binary for linux/amd64
	SHA256 string // of what is there, hex
}

// lockFile pins the spaas that CI installs. One that was not released can be had
// nowhere, and says so.
func lockFile(by version.Info, release Release) File {
	var b bytes.Buffer
	b.WriteString("# The spaas that CI installs, for linux/amd64: .spaas/install refuses any other.\n")
	if release == (Release{}) {
		b.WriteString("# This repo was made by one that was not released: write down a release here.\n")
	}
	fmt.Fprintf(&b, "version: %s\nurl: %s\nsha256: %s\n", by.Version, release.URL, release.SHA256)
	return newFile(lockPath, bytes.ReplaceAll(b.Bytes(), []byte(": \n"), []byte(":\n")))
}
