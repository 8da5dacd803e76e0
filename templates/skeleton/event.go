package main

import "time"

// Event is one record of the source, as JSON. Fields that are not declared here
// are not decoded.
type Event struct {
	At    time.Time `json:"at"`
	Key   string    `json:"key"`
	Value int64     `json:"value"`
}
