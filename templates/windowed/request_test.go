package main

import (
	"testing"
	"time"
)

func TestRequestOfLine(t *testing.T) {
	const line = `83.149.9.216 - - [17/May/2015:10:05:03 +0200] "GET /blog HTTP/1.1" 404 - "-" "Mozilla/5.0"`
	var got Request
	if err := got.UnmarshalText([]byte(line)); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2015, 5, 17, 8, 5, 3, 0, time.UTC)
	if !got.At.Equal(at) || got.Client != "83.149.9.216" || got.Target != "GET /blog HTTP/1.1" || got.Status != 404 {
		t.Errorf("got %+v", got)
	}
	for _, bad := range []string{
		"",
		line[:len(line)-1], // cut off
		`83.149.9.216 - - [yesterday] "GET /blog HTTP/1.1" 404 - "-" "Mozilla/5.0"`,
		`83.149.9.216 - - [17/May/2015:10:05:03 +0200] "GET /blog HTTP/1.1" ok - "-" "Mozilla/5.0"`,
	} {
		if err := new(Request).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
