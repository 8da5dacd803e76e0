package version

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestFrom(t *testing.T) {
	revision := strings.Repeat("3f2c9d1a", 5)
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: "true"}}
	job := debug.Module{Path: "example.com/growth/clicks-by-country", Version: "(devel)"}
	tests := []struct {
		name   string
		linked linked
		build  *debug.BuildInfo
		want   Info // without Go, OS, Arch
		code   string
	}{
		{"no build information", linked{}, nil, Info{Version: "dev"}, "unknown"},
		{"spaas from a clone", linked{}, &debug.BuildInfo{Main: debug.Module{Path: Module, Version: "(devel)"}, Settings: vcs},
			Info{Version: "dev", Commit: revision, Dirty: true}, "3f2c9d1a3f2c+dirty"},
		{"spaas by go install", linked{}, &debug.BuildInfo{Main: debug.Module{Path: Module, Version: "v0.3.1"}},
			Info{Version: "0.3.1"}, "unknown"},
		{"job against a release", linked{}, &debug.BuildInfo{Main: job, Deps: []*debug.Module{{Path: Module, Version: "v0.3.1"}}},
			Info{Version: "0.3.1", Job: "clicks-by-country"}, "unknown"},
		{"job against the bundled runtime", linked{},
			&debug.BuildInfo{Main: job, Deps: []*debug.Module{{Path: Module, Version: "v0.3.1", Replace: &debug.Module{Path: "./.spaas/runtime"}}}},
			Info{Version: "dev", Job: "clicks-by-country"}, "unknown"},
		{"linker wins", linked{"0.4.0", "abc", "false", "clicks"}, &debug.BuildInfo{Main: job, Settings: vcs},
			Info{Version: "0.4.0", Job: "clicks", Commit: "abc"}, "abc"},
		{"major version in the path", linked{}, &debug.BuildInfo{Main: debug.Module{Path: "example.com/clicks/v2"}},
			Info{Version: "dev", Job: "clicks"}, "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := from(tt.linked, tt.build)
			if got.Code() != tt.code {
				t.Errorf("Code() = %q, want %q", got.Code(), tt.code)
			}
			got.Go, got.OS, got.Arch = "", "", ""
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestString(t *testing.T) {
	for want, info := range map[string]Info{
		"spaas dev, go1.26.0 linux/amd64":                     {Version: "dev"},
		"spaas 0.3.1 (abc), go1.26.0 linux/amd64":             {Version: "0.3.1", Commit: "abc"},
		"clicks abc+dirty, spaas 0.3.1, go1.26.0 linux/amd64": {Version: "0.3.1", Job: "clicks", Commit: "abc", Dirty: true},
		"clicks unknown, spaas 0.3.1, go1.26.0 linux/amd64":   {Version: "0.3.1", Job: "clicks"},
	} {
		info.Go, info.OS, info.Arch = "go1.26.0", "linux", "amd64"
		if got := info.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
