package runcmd

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

// input is a path whose records are fed to a source.
type input struct {
	source string
	kafka  *config.KafkaSource
	path   string // as a person wrote it, or testdata/…
	file   string // the same for this process
}

// inputsOf finds what is fed: what --input says, each SOURCE=PATH, and for every
// other Kafka source what testdata holds for it. Paths are made this process's
// by at. Every fault is returned at once.
func inputsOf(loaded *config.Loaded, flags []string, testdata bool, at func(string) string) ([]input, error) {
	var inputs []input
	var faults fault.List
	named := map[string]bool{}
	for _, flag := range flags {
		in, err := inputOf(loaded, flag, at)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		named[in.source] = true
		inputs = append(inputs, in)
	}
	if testdata {
		for _, source := range kafkaSources(loaded) {
			if named[source] {
				continue
			}
			in, err := sampleOf(loaded, source, at)
			if err != nil {
				faults = append(faults, err)
			} else if in != nil {
				inputs = append(inputs, *in)
			}
		}
	}
	return inputs, faults.Err()
}

// inputOf reads one --input.
func inputOf(loaded *config.Loaded, flag string, at func(string) string) (input, error) {
	refuse := func(do, format string, args ...any) (input, error) {
		return input{}, &fault.Error{What: fmt.Sprintf(format, args...), Where: "--input " + flag, Do: do}
	}
	name, path, ok := strings.Cut(flag, "=")
	if !ok || name == "" || path == "" {
		return refuse("", "it is written SOURCE=PATH")
	}
	source, ok := loaded.Job.Sources[name]
	if !ok {
		names := slices.Sorted(maps.Keys(loaded.Job.Sources))
		do := fault.DidYouMean(name, names)
		if do == "" && len(names) > 0 {
			do = "its sources are " + strings.Join(names, ", ")
		}
		return refuse(do, "the job has no source %q", name)
	}
	switch source.Connector {
	case "kafka":
	case "file":
		return refuse(fmt.Sprintf("--set sources.%s.file.path=%s reads another path", name, path), "source %q reads files by itself", name)
	default:
		return refuse("only a source that reads Kafka is fed from files", "source %q is a %s", name, source.Connector)
	}
	in := input{source: name, kafka: source.Kafka, path: path, file: at(path)}
	if _, err := os.Stat(in.file); err != nil && !strings.ContainsAny(path, "*?[") {
		return refuse("", "%q cannot be read: %v", path, unwrapped(err))
	}
	return in, nil
}

// unwrapped is an error of the file system without the path that was said.
func unwrapped(err error) error {
	if path, ok := err.(*os.PathError); ok {
		return path.Err
	}
	return err
}

// kafkaSources are the sources that read Kafka, sorted.
func kafkaSources(loaded *config.Loaded) []string {
	var names []string
	for name, source := range loaded.Job.Sources {
		if source.Connector == "kafka" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// The names that sample input may have after the name of its source.
var (
	sampleEndings     = []string{".ndjson", ".jsonl", ".json", ".csv", ".log", ".txt"}
	compressedEndings = []string{"", ".gz", ".zst"}
)

// sampleOf finds the file in testdata that is named after a source, nil if there
// is none. Of several, a person has to choose.
func sampleOf(loaded *config.Loaded, source string, at func(string) string) (*input, error) {
	var found []string
	for _, ending := range sampleEndings {
		for _, compressed := range compressedEndings {
			path := filepath.Join("testdata", source+ending+compressed)
			if info, err := os.Stat(at(path)); err == nil && info.Mode().IsRegular() {
				found = append(found, path)
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return &input{source: source, kafka: loaded.Job.Sources[source].Kafka, path: found[0], file: at(found[0])}, nil
	}
	return nil, &fault.Error{
		What: fmt.Sprintf("there is more than one sample input of source %q: %s", source, strings.Join(found, ", ")),
		Do:   fmt.Sprintf("choose one: --input %s=%s", source, found[0]),
	}
}
