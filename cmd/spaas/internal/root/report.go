package root

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/fault"
)

// errorDocument is what a verb that fails writes with --json.
type errorDocument struct {
	API   int       `json:"api"`
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code   int         `json:"code"`            // the exit code
	Faults []faultBody `json:"faults"`          // every fault, in the order of the input
	Next   string      `json:"next,omitempty"`  // what to type next
	Stack  string      `json:"stack,omitempty"` // of a bug
}

type faultBody struct {
	What   string `json:"what"`
	Where  string `json:"where,omitempty"` // file:line:column, or what else says where
	File   string `json:"file,omitempty"`  // of Where, when it is a place in a file
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Do     string `json:"do,omitempty"` // what to do about it
}

// report writes an error, once: every fault on a line of its own, then what to
// type next; as a document with --json.
func report(f *cli.Factory, code int, err error) {
	next := ""
	if exit, ok := errors.AsType[*cli.ExitError](err); ok {
		if exit.Err == nil {
			return // the verb has said it all
		}
		next = exit.Next
	}
	faults := flatten(err)
	if code == cli.Interrupted && errors.Is(err, context.Canceled) {
		faults = []faultBody{{What: "interrupted"}}
	}
	if f.Global.JSON {
		// Writing to a pipe that is gone is not worth a second error.
		_ = f.WriteJSON(errorDocument{cli.API, errorBody{Code: code, Faults: faults, Next: next}})
		return
	}
	for _, one := range faults {
		fmt.Fprintf(f.Term.Err, "%s %s\n", f.Term.Red("spaas:"), one.line(len(faults) > 1))
	}
	if next != "" {
		fmt.Fprintf(f.Term.Err, "next:  %s\n", f.Term.Cyan(next))
	}
}

// line renders one fault. What to do stands on its line where it is one of many,
// else below it.
func (b faultBody) line(ofMany bool) string {
	s := b.What
	if b.Where != "" {
		s = b.Where + ": " + s
	}
	// The prefix "spaas: " is seven columns; what follows stays in line with it.
	s = strings.ReplaceAll(s, "\n", "\n       ")
	switch {
	case b.Do == "":
		return s
	case ofMany:
		return s + " (" + b.Do + ")"
	default:
		return s + "\n       " + strings.ReplaceAll(b.Do, "\n", "\n       ")
	}
}

// flatten takes an error apart into its faults.
func flatten(err error) []faultBody {
	switch e := err.(type) {
	case *cli.ExitError:
		return flatten(e.Err)
	case fault.List:
		var all []faultBody
		for _, one := range e {
			all = append(all, flatten(one)...)
		}
		return all
	case *fault.Error:
		one := faultBody{What: e.What, Where: e.Where, Do: e.Do}
		one.File, one.Line, one.Column = place(e.Where)
		if list, ok := errors.AsType[fault.List](e.Err); ok {
			return append([]faultBody{one}, flatten(list)...)
		}
		if e.Err != nil {
			one.What += ": " + e.Err.Error()
		}
		return []faultBody{one}
	default:
		return []faultBody{{What: err.Error()}}
	}
}

// place reads file:line:column or file:line; zero values for anything else.
func place(where string) (file string, line, column int) {
	rest, last, ok := cutNumber(where)
	if !ok {
		return "", 0, 0
	}
	if file, line, ok = cutNumber(rest); ok {
		return file, line, last
	}
	return rest, last, 0
}

// cutNumber cuts a trailing `:number`.
func cutNumber(s string) (rest string, number int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i <= 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil || n < 0 {
		return s, 0, false
	}
	return s[:i], n, true
}

// bugs is where a bug is reported.
const bugs = "https://github.com/spaas/spaas/issues"

// reportBug writes what a person needs to report a panic.
func reportBug(f *cli.Factory, args []string, panicked any, stack []byte) {
	if f.Global.JSON {
		_ = f.WriteJSON(errorDocument{cli.API, errorBody{
			Code:   cli.Failed,
			Faults: []faultBody{{What: fmt.Sprintf("a bug in spaas: %v", panicked), Do: "please report it at " + bugs}},
			Stack:  string(stack),
		}})
		return
	}
	fmt.Fprintf(f.Term.Err, `%s a bug in spaas, and none of yours. Please report it with all of this at
       %s

version  %s
command  spaas %s
panic    %v

%s`, f.Term.Red("spaas:"), bugs, f.Version(), strings.Join(args, " "), panicked, stack)
}
