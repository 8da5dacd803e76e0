package json

import (
	"encoding/json"
	"testing"
)

// FuzzDecode looks for records that ours and encoding/json decode differently.
func FuzzDecode(f *testing.F) {
	for _, seeds := range [][]string{inputs, fieldInputs, {eventRecord}} {
		for _, s := range seeds {
			f.Add(s)
		}
	}
	// The decoders live on, so that they guess keys from records before.
	all, some, anything, rows := decoderOf[everything](f), decoderOf[event](f), decoderOf[any](f), decoderOf[map[string][]row](f)
	f.Fuzz(func(t *testing.T, data string) {
		agree(t, all, data)
		agree(t, some, data)
		agree(t, anything, data)
		agree(t, rows, data)
		agree(t, all, `{"s":`+data+`,"Any":`+data+`,"f64":`+data+`}`)
	})
}

// FuzzEncode looks for values that ours and encoding/json encode differently.
func FuzzEncode(f *testing.F) {
	for _, s := range append(inputs, fieldInputs...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		agreeEncoded(t, data)
		var v everything
		if json.Unmarshal([]byte(data), &v) == nil {
			agreeEncoded(t, v)
		}
		var a any
		if json.Unmarshal([]byte(data), &a) == nil {
			agreeEncoded(t, a)
		}
	})
}
