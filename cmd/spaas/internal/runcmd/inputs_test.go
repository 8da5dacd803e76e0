package runcmd

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spaas/spaas/pkg/config"
)

const fourSources = `version: 1
job: many
sources:
  clicks: {connector: kafka, kafka: {cluster: c, topic: clicks-topic}}
  requests: {connector: kafka, kafka: {cluster: c, topic: requests, format: lines}}
  old: {connector: file, file: {path: old.ndjson}}
  made: {connector: generator, generator: {rate: 1/s}}
`

func TestInputs(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		flags []string
		want  []string // source, topic, format, path
		fault []string // each in the error
	}{
		{"nothing is there", nil, nil, nil, nil},
		{"samples", []string{"testdata/clicks.ndjson", "testdata/requests.log.zst", "testdata/old.ndjson", "testdata/other.csv"}, nil,
			[]string{"clicks clicks-topic json testdata/clicks.ndjson", "requests requests lines testdata/requests.log.zst"}, nil},
		{"flags come first and replace samples", []string{"testdata/clicks.ndjson", "testdata/requests.log", "a.log", "b.log"},
			[]string{"requests=b.log", "requests=a.log"},
			[]string{"requests requests lines b.log", "requests requests lines a.log", "clicks clicks-topic json testdata/clicks.ndjson"}, nil},
		{"folder and glob", []string{"in/1.log"}, []string{"requests=in", "clicks=in/*.ndjson"},
			[]string{"requests requests lines in", "clicks clicks-topic json in/*.ndjson"}, nil},
		{"several samples", []string{"testdata/clicks.ndjson", "testdata/clicks.csv.gz"}, nil, nil,
			[]string{`more than one sample input of source "clicks": testdata/clicks.ndjson, testdata/clicks.csv.gz`, "--input clicks=testdata/clicks.ndjson"}},
		{"every fault at once", nil, []string{"requests", "=x", "click=x", "zzz=x", "old=x", "made=x", "requests=absent.log"}, nil, []string{
			"--input requests: it is written SOURCE=PATH",
			"--input =x: it is written SOURCE=PATH",
			`--input click=x: the job has no source "click" (did you mean "clicks"?)`,
			`--input zzz=x: the job has no source "zzz" (its sources are clicks, made, old, requests)`,
			`--input old=x: source "old" reads files by itself (--set sources.old.file.path=x reads another path)`,
			`--input made=x: source "made" is a generator`,
			`--input requests=absent.log: "absent.log" cannot be read: no such file`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"spaas.yaml": fourSources}
			for _, name := range tt.files {
				files[name] = "x\n"
			}
			dir := jobFolder(t, files)
			loaded := load(t, config.Options{Dir: dir, PlatformLater: true})
			inputs, err := inputsOf(loaded, tt.flags, true, func(p string) string { return filepath.Join(dir, p) })
			if (err != nil) != (tt.fault != nil) {
				t.Fatalf("error %v", err)
			}
			for _, want := range tt.fault {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in:\n%v", want, err)
				}
			}
			var got []string
			if err == nil {
				for _, in := range inputs {
					got = append(got, strings.Join([]string{in.source, in.kafka.Topic, in.kafka.Format, in.path}, " "))
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("inputs %q\nwant   %q", got, tt.want)
			}
		})
	}
}
