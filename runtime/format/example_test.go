package format_test

import (
	"fmt"
	"time"

	"github.com/spaas/spaas/runtime/format"
)

type Click struct {
	At      time.Time `json:"at"`
	Country string    `json:"country"`
	Price   float64   `json:"price,omitempty"`
}

// A format is compiled for a type once and then reads record after record.
func ExampleNewDecoder() {
	decoder, err := format.NewDecoder[Click]("json")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, record := range []string{
		`{"at":"2026-11-21T14:00:00Z","country":"DE","agent":"skipped"}`,
		`{"at":"2026-11-21T14:00:01Z","country":"ES","price":"free"}`,
	} {
		var c Click
		if err := decoder.Decode([]byte(record), &c); err != nil {
			fmt.Println("bad record:", err)
			continue
		}
		fmt.Println(c.Country, c.At.Format(time.TimeOnly))
	}
	// Output:
	// DE 14:00:00
	// bad record: price: byte 52: a string where a number is wanted
}

// The same type, as CSV.
func ExampleHeaderOf() {
	encoder, err := format.NewEncoder[Click]("csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := encoder.Append(nil, &Click{At: time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC), Country: "DE", Price: 1.5})
	fmt.Println(string(format.HeaderOf(encoder)))
	fmt.Println(string(record), err)
	// Output:
	// at,country,price
	// 2026-11-21T14:00:00Z,DE,1.5 <nil>
}
