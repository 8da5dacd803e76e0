package job

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// verb is what a job binary is asked to do.
type verb string

const (
	verbRun      verb = "run"
	verbDescribe verb = "describe"
	verbVersion  verb = "version"
	verbHelp     verb = "help"
)

var verbs = []verb{verbRun, verbDescribe, verbVersion, verbHelp}

// onFault is what the process does about a fault that no restart cures.
type onFault string

const (
	stay onFault = "stay" // stay up, not ready, and say why
	exit onFault = "exit" // end with the fault's exit code
)

// logFormat is how the log is written.
type logFormat string

const (
	logAuto logFormat = "" // text on a terminal, JSON elsewhere
	logJSON logFormat = "json"
	logText logFormat = "text"
)

// flags is the command line of a job, parsed.
type flags struct {
	verb verb
	help bool // --help: write the verb's help and do nothing else

	// of run
	config, env, platform, dir string
	set                        []string
	listen                     string
	statusFile, control        string
	onFault                    onFault
	logAs                      logFormat

	// of describe and version
	json bool
}

// parseFlags reads the command line without the program's name. What it refuses
// it refuses with the nearest thing that exists.
func parseFlags(args []string) (flags, error) {
	f := flags{verb: verbRun, onFault: stay}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		f.verb, args = verb(args[0]), args[1:]
		if !slices.Contains(verbs, f.verb) {
			return f, fmt.Errorf("unknown verb %q%s", f.verb, fault.Meant(string(f.verb), verbNames()))
		}
	}
	if f.verb == verbHelp {
		// `help run` is `run --help`.
		f.verb, f.help = verbRun, true
		if len(args) > 0 {
			again, err := parseFlags(args[:1])
			again.help = true
			return again, err
		}
		return f, nil
	}
	set := f.flagSet()
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		f.help = true
		return f, nil
	} else if err != nil {
		return f, explain(err, set)
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("%s takes no argument, but got %q", f.verb, set.Arg(0))
	}
	return f, nil
}

// flagSet declares the flags of the verb; parsing writes into f.
func (f *flags) flagSet() *flag.FlagSet {
	set := flag.NewFlagSet(string(f.verb), flag.ContinueOnError)
	set.SetOutput(io.Discard) // main writes errors and help, once and in one shape
	switch f.verb {
	case verbRun:
		set.StringVar(&f.config, "config", "", "the job's spaas.yaml (default spaas.yaml in the folder of --dir)")
		set.StringVar(&f.env, "env", "", "environment: envs/E.yaml beside the config is put over it")
		set.StringVar(&f.platform, "platform", "", "platform document: the clusters and stores that the config names")
		set.Func("set", "k=v: set a key of the config by its path, for example properties.window=1m (repeatable)", func(s string) error {
			if key, _, ok := strings.Cut(s, "="); !ok || key == "" {
				return errors.New("it is written key=value")
			}
			f.set = append(f.set, s)
			return nil
		})
		set.StringVar(&f.dir, "dir", ".", "folder that relative paths of the config start at")
		set.StringVar(&f.listen, "listen", "127.0.0.1:0", "host:port of the read-only HTTP port, port 0 takes a free one")
		set.StringVar(&f.statusFile, "status-file", "", "file to keep the job's status in, replaced about once a second")
		set.StringVar(&f.control, "control", "", "control record to obey (default control.json in the job's folder of the store)")
		set.Func("on-fault", "stay or exit: after a fault that no restart cures, stay up and say so on /readyz, or end (default stay)",
			choose(&f.onFault, stay, exit))
		set.Func("log", "json or text (default text on a terminal, json elsewhere)", choose(&f.logAs, logJSON, logText))
	case verbDescribe, verbVersion:
		set.BoolVar(&f.json, "json", false, "write JSON with documented fields")
	}
	return set
}

// choose makes the parser of a flag that takes one of a few words.
func choose[S ~string](into *S, words ...S) func(string) error {
	return func(s string) error {
		if !slices.Contains(words, S(s)) {
			names := make([]string, len(words))
			for i, w := range words {
				names[i] = string(w)
			}
			return fmt.Errorf("it is one of %s%s", strings.Join(names, ", "), fault.Meant(s, names))
		}
		*into = S(s)
		return nil
	}
}

// explain turns what the flag package says into what a person can act on.
func explain(err error, set *flag.FlagSet) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		// flag writes one dash, everything else here two.
		return errors.New(strings.NewReplacer("flag -", "flag --", ": -", ": --").Replace(err.Error()))
	}
	var names []string
	set.VisitAll(func(f *flag.Flag) { names = append(names, "--"+f.Name) })
	return fmt.Errorf("%s has no flag --%s%s", set.Name(), name, fault.Meant("--"+name, names))
}

func verbNames() []string {
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = string(v)
	}
	return names
}
