package state

import (
	"fmt"
	"reflect"
	"testing"
)

func ExampleCodecOf() {
	type Visits struct {
		N     int64          `json:"n"`
		Pages map[string]int `json:"-"` // not in the output, but state
		cache []string       `spaas:"-"`
	}
	codec, err := CodecOf[Visits]()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", codec.Schema())
	fmt.Printf("%x\n", codec.Append(nil, &Visits{N: 3, Pages: map[string]int{"/": 3}, cache: []string{"/"}}))
	// Output:
	// {"type":"record","name":"Visits","fields":[{"name":"n","type":"long"},{"name":"Pages","type":["null",{"type":"map","values":"long"}]}]}
	// 060202022f0600
}

func TestDecodeForgetsWhatWasThere(t *testing.T) {
	type value struct {
		N     int
		Names []string
		Sums  map[string]int
		Next  *int
		Left  int `spaas:"-"`
	}
	codec, err := CodecOf[value]()
	if err != nil {
		t.Fatal(err)
	}
	first, second := value{N: 1, Names: []string{"a", "b"}, Sums: map[string]int{"a": 1}, Next: new(7)}, value{N: 2, Names: []string{"c"}}
	data := codec.Append(codec.Append(nil, &first), &second)
	v := value{N: 9, Names: make([]string, 5, 10), Sums: map[string]int{"old": 1}, Left: 3}
	rest, err := codec.Decode(data, &v)
	if err != nil || !reflect.DeepEqual(v, first) {
		t.Fatal(v, err)
	}
	kept := v
	if rest, err = codec.Decode(rest, &v); err != nil || len(rest) > 0 || !reflect.DeepEqual(v, second) {
		t.Fatal(v, err)
	}
	if !reflect.DeepEqual(kept, first) {
		t.Fatalf("a value that was decoded before has become %+v", kept)
	}
}

func TestResolvedCodecWritesItsOwn(t *testing.T) {
	type v1 struct{ N int32 }
	type v2 struct{ N, M int64 }
	old, err := CodecOf[v1]()
	if err != nil {
		t.Fatal(err)
	}
	codec, err := CodecOf[v2]()
	if err != nil {
		t.Fatal(err)
	}
	reader, err := codec.Resolve(old.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var v v2
	if _, err := reader.Decode(old.Append(nil, &v1{5}), &v); err != nil || v != (v2{N: 5}) {
		t.Fatal(v, err)
	}
	if got, want := reader.Append(nil, &v), codec.Append(nil, &v); string(got) != string(want) {
		t.Fatalf("%x, want %x", got, want)
	}
	if _, err := old.Resolve(codec.Schema()); err == nil {
		t.Fatal("an int64 became an int32")
	}
}
