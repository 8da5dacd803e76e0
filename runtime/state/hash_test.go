package state

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/spaas/spaas/pkg/fault"
)

var update = flag.Bool("update", false, "rewrite testdata")

type (
	userID  int64
	country string
	visit   struct {
		User    userID
		Country country
		_       int32
		Bot     bool
	}
	nested struct {
		Visit visit
		Cells [2]int16
		ID    [16]byte
	}
)

func hashes[K comparable](t testing.TB, keys ...K) []uint64 {
	t.Helper()
	h, err := HashOf[K]()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]uint64, len(keys))
	h(keys, out)
	return out
}

func appendHashes[K comparable](t *testing.T, lines []string, keys ...K) []string {
	h, err := hashOf[K]()
	if err != nil {
		t.Fatal(err)
	}
	for i, sum := range hashes(t, keys...) {
		lines = append(lines, fmt.Sprintf("%-40s %-60.60q %016x %5d", h.name, fmt.Sprint(keys[i]), sum, KeyGroup(sum, 32768)))
	}
	return lines
}

// TestGoldenHashes fails when a hash has changed. Then state of earlier versions
// is dealt wrongly: do not update the file, give the new hash a new version.
func TestGoldenHashes(t *testing.T) {
	var lines []string
	lines = appendHashes(t, lines, false, true)
	lines = appendHashes[int64](t, lines, 0, 1, 2, -1, 42, 1<<32, math.MaxInt64, math.MinInt64)
	lines = appendHashes[int](t, lines, 0, -1, 42)
	lines = appendHashes[int8](t, lines, 0, -1, 42)
	lines = appendHashes[int16](t, lines, 0, -1, 42)
	lines = appendHashes[int32](t, lines, 0, -1, 42)
	lines = appendHashes[uint](t, lines, 0, 42)
	lines = appendHashes[uint8](t, lines, 0, 255)
	lines = appendHashes[uint16](t, lines, 0, 65535)
	lines = appendHashes[uint32](t, lines, 0, 42, math.MaxUint32)
	lines = appendHashes[uint64](t, lines, 0, 42, math.MaxUint64)
	lines = appendHashes[time.Duration](t, lines, time.Second)
	for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49, 50, 64, 96, 97, 200} {
		lines = appendHashes(t, lines, strings.Repeat("stream processing ", 12)[:n])
	}
	lines = appendHashes(t, lines, "Zürich", "\xff\x00")
	lines = appendHashes[country](t, lines, "DE", "FR")
	lines = appendHashes(t, lines, visit{}, visit{User: 7, Country: "DE", Bot: true}, visit{User: -7})
	lines = appendHashes(t, lines, nested{Visit: visit{User: 7}, Cells: [2]int16{1, -2}, ID: [16]byte{15: 9}})
	lines = appendHashes(t, lines, [3]string{"a", "b", "c"}, [3]string{"ab", "", "c"})
	lines = appendHashes(t, lines, [16]byte{1}, [16]byte{2})
	lines = appendHashes(t, lines, struct{}{})
	lines = appendHashes(t, lines, [0]visit{})
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", "hashes.golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the hash of keys has changed:\n%s", got)
	}
}

func TestIntegersHashAsTheirValue(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		k := rapid.Int8().Draw(r, "key")
		want := hashes(t, int64(k))[0]
		for _, got := range [][]uint64{hashes(t, k), hashes(t, int16(k)), hashes(t, int32(k)), hashes(t, int(k))} {
			if got[0] != want {
				t.Fatalf("%d hashes to %x and %x", k, got[0], want)
			}
		}
		if u := uint8(k); hashes(t, u)[0] != hashes(t, uint32(u))[0] || hashes(t, u)[0] != hashes(t, int64(u))[0] {
			t.Fatalf("unsigned %d hashes differently by size", u)
		}
	})
}

func TestEqualKeysHashEqually(t *testing.T) {
	a, b := visit{User: 7, Country: "DE"}, visit{User: 7, Country: country([]byte("DE"))}
	type blank struct{ _, A int32 }
	x, y := [2]int32{1, 2}, [2]int32{3, 2}
	if got := hashes(t, a, b); got[0] != got[1] {
		t.Errorf("%v and %v hash to %x", a, b, got)
	}
	if got := hashes(t, *(*blank)(unsafe.Pointer(&x)), *(*blank)(unsafe.Pointer(&y))); got[0] != got[1] {
		t.Errorf("a blank field counts: %x", got)
	}
}

func TestBatchesHashLikeSingleKeys(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		keys := rapid.SliceOf(rapid.Custom(func(r *rapid.T) nested {
			return nested{
				Visit: visit{User: userID(rapid.Int64().Draw(r, "user")), Country: country(rapid.String().Draw(r, "country"))},
				Cells: [2]int16{rapid.Int16().Draw(r, "cell")},
			}
		})).Draw(r, "keys")
		for i, h := range hashes(t, keys...) {
			if one := hashes(t, keys[i]); one[0] != h {
				t.Fatalf("%v hashes to %x alone, %x in a batch", keys[i], one[0], h)
			}
		}
	})
}

func TestKeysWithoutHash(t *testing.T) {
	type inner struct {
		At    time.Time
		Price float64
	}
	type key struct {
		ID    int64
		Inner inner
		Next  *int
		Any   any
		Cells [3]complex64
	}
	_, err := HashOf[key]()
	list, _ := errors.AsType[fault.List](err)
	want := []string{
		"state.key.Inner.At: time.Time cannot be a key: it has no stable hash (key by its UnixNano)",
		"state.key.Inner.Price: float64 cannot be a key: it has no stable hash (key by an integer, such as cents)",
		"state.key.Next: *int cannot be a key: it has no stable hash (key by what it points to)",
		"state.key.Any: interface {} cannot be a key: it has no stable hash (key by one concrete type)",
		"state.key.Cells[]: complex64 cannot be a key: it has no stable hash (key by integers, bools, strings, or structs and arrays of those)",
	}
	if got := list.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s", got)
	}
	if _, err := HashOf[float64](); err == nil || err.Error() != "float64 cannot be a key: it has no stable hash (key by an integer, such as cents)" {
		t.Error(err)
	}
}

func TestKeyGroups(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		groups := rapid.IntRange(1, 32768).Draw(r, "groups")
		parallelism := rapid.IntRange(1, 500).Draw(r, "parallelism")
		next, shortest, longest := 0, groups, 0
		for s := range parallelism {
			from, to := GroupRange(groups, parallelism, s)
			if from != next || to < from {
				t.Fatalf("subtask %d owns [%d, %d) after %d", s, from, to, next)
			}
			next, shortest, longest = to, min(shortest, to-from), max(longest, to-from)
		}
		if next != groups || longest-shortest > 1 {
			t.Fatalf("ranges end at %d, their lengths are %d to %d", next, shortest, longest)
		}
		h := rapid.Uint64().Draw(r, "hash")
		if g := KeyGroup(h, groups); g < 0 || g >= groups {
			t.Fatalf("group %d of %d", g, groups)
		}
		if g := KeyGroup(h, 128); g != int(h>>57) {
			t.Fatalf("group %d of 128 is not the top of %x", g, h)
		}
	})
	if g := KeyGroup(math.MaxUint64, 3); g != 2 {
		t.Fatalf("group %d of 3 for the greatest hash", g)
	}
}
