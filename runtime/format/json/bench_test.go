package json

import (
	"encoding/json"
	"testing"

	goccy "github.com/goccy/go-json"
)

// event is the record of the benchmarks: six fields and one that is skipped,
// about 190 bytes.
type event struct {
	At      int64   `json:"at"`
	User    string  `json:"user"`
	Country string  `json:"country"`
	URL     string  `json:"url"`
	Price   float64 `json:"price"`
	Mobile  bool    `json:"mobile"`
}

const eventRecord = `{"at":1764244800123,"user":"user-0000123456","country":"DE","url":"https://example.com/articles/1234567?ref=home","price":12.75,"mobile":true,"agent":"Mozilla/5.0 (X11; Linux x86_64)"}`

// BenchmarkDecode is one record a time into a struct, beside its peers.
func BenchmarkDecode(b *testing.B) {
	d := decoderOf[event](b)
	data := []byte(eventRecord)
	for _, peer := range []struct {
		name   string
		decode func([]byte, *event) error
	}{
		{"spaas", d.Decode},
		{"goccy", func(data []byte, v *event) error { return goccy.Unmarshal(data, v) }},
		{"encoding", func(data []byte, v *event) error { return json.Unmarshal(data, v) }},
	} {
		b.Run(peer.name, func(b *testing.B) {
			var v event
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				v = event{}
				if err := peer.decode(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode is the same record on the way out.
func BenchmarkEncode(b *testing.B) {
	e, err := NewEncoder[event]()
	if err != nil {
		b.Fatal(err)
	}
	var v event
	if err := json.Unmarshal([]byte(eventRecord), &v); err != nil {
		b.Fatal(err)
	}
	var dst []byte
	for _, peer := range []struct {
		name   string
		encode func(*event) ([]byte, error)
	}{
		{"spaas", func(v *event) ([]byte, error) { return e.Append(dst[:0], v) }},
		{"goccy", func(v *event) ([]byte, error) { return goccy.MarshalWithOption(v, goccy.DisableHTMLEscape()) }},
		{"encoding", func(v *event) ([]byte, error) { return json.Marshal(v) }},
	} {
		b.Run(peer.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if dst, err = peer.encode(&v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecodeLog is a record with a time and nested values.
func BenchmarkDecodeLog(b *testing.B) {
	type request struct {
		Time   string            `json:"time"`
		Tags   []string          `json:"tags"`
		Labels map[string]string `json:"labels"`
		Any    any               `json:"any"`
	}
	data := []byte(`{"time":"2026-11-21T14:00:00Z","tags":["a","b","c"],"labels":{"job":"x","az":"eu-1"},"any":{"n":1,"s":"x"},"more":[1,2,3]}`)
	d := decoderOf[request](b)
	for _, peer := range []struct {
		name   string
		decode func([]byte, *request) error
	}{
		{"spaas", d.Decode},
		{"goccy", func(data []byte, v *request) error { return goccy.Unmarshal(data, v) }},
		{"encoding", func(data []byte, v *request) error { return json.Unmarshal(data, v) }},
	} {
		b.Run(peer.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var v request
				if err := peer.decode(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
