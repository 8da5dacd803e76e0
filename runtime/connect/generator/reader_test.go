package generator

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

func openReader(t testing.TB, c config.GeneratorSource, next int64) connect.Reader {
	t.Helper()
	s, err := open(connect.SourceConfig{Env: connect.Env{Name: "in", Now: time.Now}, Source: config.Source{Generator: &c}})
	if err != nil {
		t.Fatal(err)
	}
	splits, err := s.Discover(t.Context(), connect.FirstStart)
	if err != nil {
		t.Fatal(err)
	}
	splits[0].Next = next
	r, err := s.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Assign(t.Context(), splits); err != nil {
		t.Fatal(err)
	}
	return r
}

// poll returns how many records the next fetch has.
func poll(t testing.TB, r connect.Reader) int {
	t.Helper()
	var f connect.Fetch
	if err := r.Poll(t.Context(), &f); errors.Is(err, io.EOF) {
		return -1
	} else if err != nil {
		t.Fatal(err)
	}
	return len(f.Records)
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openReader(t, config.GeneratorSource{Rate: 100, Count: 1000}, 0)
		begin := time.Now()
		for n := 0; n < 1000; {
			n += poll(t, r)
			// The first record is due at once, each other one 10 ms later.
			if due := int(time.Since(begin)/(10*time.Millisecond)) + 1; n > due {
				t.Fatalf("%d records after %s", n, time.Since(begin))
			}
		}
		if took := time.Since(begin); took < 9980*time.Millisecond || took > 10*time.Second {
			t.Errorf("1000 records at 100/s took %s", took)
		}
		if poll(t, r) != -1 {
			t.Error("there are more records than the count")
		}
	})
}

// After backpressure the rate is made up for, but not more than a second of it.
func TestRateAfterBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openReader(t, config.GeneratorSource{Rate: 1000}, 0)
		poll(t, r)
		time.Sleep(time.Hour)
		begin, n := time.Now(), 0
		for time.Since(begin) == 0 {
			n += poll(t, r)
		}
		if n < 1000 || n > 1002 {
			t.Errorf("%d records at once after an hour at 1000/s", n)
		}
		for time.Since(begin) < time.Second {
			n += poll(t, r)
		}
		if n < 1990 || n > 2010 {
			t.Errorf("%d records a second later", n)
		}
	})
}

func TestSlowRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openReader(t, config.GeneratorSource{Rate: 1.0 / 60, Count: 3}, 0)
		begin := time.Now()
		for n := 0; n < 3; {
			n += poll(t, r)
		}
		if took := time.Since(begin).Round(time.Second); took != 2*time.Minute {
			t.Errorf("three records at one a minute took %s", took)
		}
	})
}

// Without a start the first record is of now, and stays so in a replay.
func TestStartIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config.GeneratorSource{Count: 1}
		s, err := open(connect.SourceConfig{Env: connect.Env{Name: "in", Now: time.Now}, Source: config.Source{Generator: &c}})
		if err != nil {
			t.Fatal(err)
		}
		splits, err := s.Discover(t.Context(), connect.FirstStart)
		if err != nil {
			t.Fatal(err)
		}
		first := time.Now()
		time.Sleep(time.Hour)
		r, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Assign(t.Context(), splits); err != nil {
			t.Fatal(err)
		}
		var f connect.Fetch
		if err := r.Poll(t.Context(), &f); err != nil {
			t.Fatal(err)
		}
		if f.Records[0].Time != first.UnixNano() {
			t.Errorf("the first record is of %s, the first start was at %s", time.Unix(0, f.Records[0].Time), first)
		}
	})
}

// A generator that would make other records than those before the checkpoint is
// refused; another rate or count is not.
func TestAnotherGenerator(t *testing.T) {
	c := config.GeneratorSource{Seed: 1, Start: "2026-11-21T14:00:00Z"}
	discover := func(c config.GeneratorSource) (connect.Source, connect.Split) {
		s, err := open(connect.SourceConfig{Env: connect.Env{Name: "in"}, Source: config.Source{Generator: &c}})
		if err != nil {
			t.Fatal(err)
		}
		splits, err := s.Discover(t.Context(), connect.FirstStart)
		if err != nil {
			t.Fatal(err)
		}
		return s, splits[0]
	}
	_, split := discover(c)
	for name, change := range map[string]func(*config.GeneratorSource){
		"seed":     func(c *config.GeneratorSource) { c.Seed = 2 },
		"start":    func(c *config.GeneratorSource) { c.Start = "2026-11-21T15:00:00Z" },
		"step":     func(c *config.GeneratorSource) { c.Step = 5 },
		"disorder": func(c *config.GeneratorSource) { c.Disorder = 5 },
		"late":     func(c *config.GeneratorSource) { c.Late, c.LateBy = 0.5, 1 },
		"fields":   func(c *config.GeneratorSource) { c.Fields = map[string]string{"a": "seq"} },
		"format":   func(c *config.GeneratorSource) { c.Format = "csv" },
		"":         func(c *config.GeneratorSource) { c.Rate, c.Count = 5, 1000 },
	} {
		other := c
		change(&other)
		s, _ := discover(other)
		r, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Assign(t.Context(), []connect.Split{split}); fault.Incurable(err) != (name != "") {
			t.Errorf("another %s: %v", name, err)
		}
	}
}
