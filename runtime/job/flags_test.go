package job

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseFlags(t *testing.T) {
	defaults := flags{verb: verbRun, dir: ".", listen: "127.0.0.1:0", onFault: stay}
	tests := []struct {
		args string
		want flags
	}{
		{"", defaults},
		{"run", defaults},
		{"run --help", func() flags { f := defaults; f.help = true; return f }()},
		{"--config a.yaml --env prod --platform p.yaml --dir d --listen :8080 --status-file s --control c --on-fault exit --log json",
			flags{verb: verbRun, config: "a.yaml", env: "prod", platform: "p.yaml", dir: "d", listen: ":8080",
				statusFile: "s", control: "c", onFault: exit, logAs: logJSON}},
		{"run --set a=1 --set=b.c=d=e", func() flags { f := defaults; f.set = []string{"a=1", "b.c=d=e"}; return f }()},
		{"describe --json", flags{verb: verbDescribe, onFault: stay, json: true}},
		{"version", flags{verb: verbVersion, onFault: stay}},
		{"help describe", flags{verb: verbDescribe, onFault: stay, help: true}},
		{"help", flags{verb: verbRun, onFault: stay, help: true}},
	}
	for _, tt := range tests {
		got, err := parseFlags(strings.Fields(tt.args))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: got %+v, %v; want %+v", tt.args, got, err, tt.want)
		}
	}
}

func TestParseFlagsRefuses(t *testing.T) {
	for args, says := range map[string]string{
		"rnu":                 `unknown verb "rnu" (did you mean "run"?)`,
		"--confg x":           `run has no flag --confg (did you mean "--config"?)`,
		"describe --jsn":      `describe has no flag --jsn (did you mean "--json"?)`,
		"describe --config x": `describe has no flag --config`,
		"run clicks":          `run takes no argument, but got "clicks"`,
		"--set lateness":      `it is written key=value`,
		"--on-fault leave":    `it is one of stay, exit`,
		"--log jsno":          `it is one of json, text (did you mean "json"?)`,
		"--config":            `flag needs an argument: --config`,
		"help rnu":            `unknown verb "rnu" (did you mean "run"?)`,
	} {
		if _, err := parseFlags(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", args, err, says)
		}
	}
}

// The help names every flag and stays within a terminal of 80 columns, save
// for the descriptions of flags.
func TestUsage(t *testing.T) {
	for _, v := range []verb{verbRun, verbDescribe, verbVersion} {
		text := usage("clicks", v)
		if strings.Contains(text, "%!") {
			t.Errorf("%s: a verb of fmt shows:\n%s", v, text)
		}
		for line := range strings.Lines(text) {
			if len(line) > 81 && !strings.HasPrefix(line, "  --") {
				t.Errorf("%s: %d columns: %s", v, len(line), line)
			}
		}
	}
	for _, want := range []string{"--config FILE", "--on-fault WHAT", "(default 127.0.0.1:0)", "/readyz", "130"} {
		if text := usage("clicks", verbRun); !strings.Contains(text, want) {
			t.Errorf("the help of run does not say %q:\n%s", want, text)
		}
	}
}
