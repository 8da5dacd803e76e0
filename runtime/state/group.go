package state

import "math/bits"

// KeyGroup is the key group of a hash: 0 <= group < groups. It is the top of
// the hash (the highest seven bits where there are 128 groups), so that it says
// nothing about the slot of a table, which is the bottom.
func KeyGroup(h uint64, groups int) int {
	group, _ := bits.Mul64(h, uint64(groups))
	return int(group)
}

// GroupRange is the range [from, to) of key groups that a subtask owns. The
// ranges of all subtasks cover every group once, and their lengths differ by
// one at most. Where there are more subtasks than groups, some own none.
func GroupRange(groups, parallelism, subtask int) (from, to int) {
	return subtask * groups / parallelism, (subtask + 1) * groups / parallelism
}
