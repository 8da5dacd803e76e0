package state_test

import (
	"context"
	"fmt"

	"github.com/spaas/spaas/pkg/blob/blobtest"
	"github.com/spaas/spaas/runtime/checkpoint"
	"github.com/spaas/spaas/runtime/state"
)

// Counts of words in a window, a checkpoint of them, and the same counts in two
// subtasks.
func Example() {
	ctx, store, words := context.Background(), blobtest.NewMemory(), []string{"to", "be", "or", "not", "to", "be"}
	hash, err := state.HashOf[string]()
	if err != nil {
		fmt.Println(err)
		return
	}
	hashes := make([]uint64, len(words))
	hash(words, hashes)

	subtask := state.NewSubtask("count", 128, 0, 128, state.Memory())
	counts, err := state.Panes[string, int](subtask, "panes")
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, word := range words {
		*counts.Pane(0).At(hashes[i], word)++
	}
	frozen, err := subtask.Freeze(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	*counts.Pane(0).At(hashes[0], words[0]) += 100 // after the barrier
	part, err := frozen.Write(ctx, store, "state/1-")
	if err != nil {
		fmt.Println(err)
		return
	}

	for i := range 2 {
		from, to := state.GroupRange(128, 2, i)
		subtask := state.NewSubtask("count", 128, from, to, state.Memory())
		counts, err := state.Panes[string, int](subtask, "panes")
		if err == nil {
			err = subtask.Restore(ctx, store, []checkpoint.OperatorSnapshot{part})
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, row := range counts.Pane(0).Rows() {
			fmt.Println("subtask", i, row.Key, row.Value)
		}
	}
	// Output:
	// subtask 0 be 2
	// subtask 1 to 2
	// subtask 1 or 1
	// subtask 1 not 1
}
