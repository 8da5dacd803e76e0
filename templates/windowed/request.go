package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Request is one line of a web server's log, in the combined log format:
//
//	83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /blog HTTP/1.1" 200 3638 "-" "Mozilla/5.0"
type Request struct {
	At     time.Time
	Client string // address
	Target string // "GET /blog HTTP/1.1"
	Status int
}

// UnmarshalText reads a line. The format "lines" calls it for every record.
func (r *Request) UnmarshalText(line []byte) error {
	client, rest, _ := strings.Cut(string(line), " ")
	_, rest, _ = strings.Cut(rest, " [")
	at, rest, _ := strings.Cut(rest, `] "`)
	target, rest, _ := strings.Cut(rest, `" `)
	status, rest, found := strings.Cut(rest, " ")
	if !found || !strings.HasSuffix(rest, `"`) {
		return errors.New("not a whole line of the combined log format")
	}
	var err error
	if r.At, err = time.Parse("02/Jan/2006:15:04:05 -0700", at); err != nil {
		return fmt.Errorf("the time of the request: %w", err)
	}
	if r.Status, err = strconv.Atoi(status); err != nil {
		return fmt.Errorf("the status of the request: %w", err)
	}
	r.Client, r.Target = client, target
	return nil
}
