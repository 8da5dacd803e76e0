package term

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spaas/spaas/pkg/fault"
)

// Ask returns nil when there is somebody to answer a question, and otherwise
// the fault that says so; do says how to give the answer without being asked:
// "pass --yes". Whoever shows a form of his own asks this first.
func (t *Terminal) Ask(what, do string) error {
	if t.CanAsk() {
		return nil
	}
	why := "there is no terminal to ask on"
	if t.inTTY && t.outTTY {
		why = "CI is set, so nobody is there to ask"
	}
	return &fault.Error{What: what + ": " + why, Do: do}
}

// Confirm asks a question that yes or no answers; an empty line means no. It is
// refused where there is no terminal (pass --yes), and ends with the context's
// error on Ctrl-C.
func (t *Terminal) Confirm(ctx context.Context, question string) (bool, error) {
	if err := t.Ask(question, "pass --yes"); err != nil {
		return false, err
	}
	// The read cannot be interrupted; on Ctrl-C it is left behind, and the
	// process ends soon after.
	answers := make(chan string, 1)
	failed := make(chan error, 1)
	reader := bufio.NewReader(t.In)
	for {
		t.Printf("%s %s ", question, t.Dim("[y/N]"))
		go func() {
			line, err := reader.ReadString('\n')
			if err != nil && line == "" {
				failed <- err
				return
			}
			answers <- line
		}()
		select {
		case <-ctx.Done():
			t.Println()
			return false, ctx.Err()
		case err := <-failed:
			t.Println()
			return false, fmt.Errorf("reading the answer: %w", err)
		case line := <-answers:
			switch strings.ToLower(strings.TrimSpace(line)) {
			case "y", "yes":
				return true, nil
			case "", "n", "no":
				return false, nil
			}
			t.Println("Please answer y or n.")
		}
	}
}
