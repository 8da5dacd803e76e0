package generator

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

// Warmup is how many records at the start are never late: nothing can be late
// before there is a watermark.
const Warmup = 1000

// defaultStep is the event time between two records where the config names none.
const defaultStep = time.Millisecond

// defaultFields are those of a config that names none.
var defaultFields = map[string]string{"seq": "seq", "time": "time"}

// Plan says what every record of a generator is. It is safe for concurrent use.
//
// The record at position n, counted from 0, has the time start + n × step. With
// disorder D it is up to D earlier, drawn evenly. A share of the records after
// the first [Warmup] is late: start + n × step − D − late_by. So with a
// watermark that trails by D all but the late ones are in time, and a window
// operator drops every late one if late_by exceeds D, the size of the window,
// the allowed lateness, and the steps of the records that travel together (a
// batch has up to 256). How many those are, tests ask [Plan.Late].
type Plan struct {
	config            config.GeneratorSource
	start, step       int64 // nanoseconds, start since 1970
	lateness, earlier salt
	fields            []field // in the order of their names
	close             string  // what ends a record
	header            []byte
}

// NewPlan reads a config. Started is the event time of the first record where
// the config names none. Every fault of the config is returned at once.
func NewPlan(c config.GeneratorSource, started time.Time) (*Plan, error) {
	p := &Plan{
		config: c, start: started.UnixNano(), step: int64(defaultStep),
		lateness: newSalt(c.Seed, "lateness"), earlier: newSalt(c.Seed, "disorder"),
	}
	faults := p.check()
	if c.Step > 0 {
		p.step = int64(c.Step)
	}
	if c.Count > 0 && p.step > (math.MaxInt64-max(p.start, 0))/c.Count {
		faults = append(faults, refused("step", "", "%d records of %s go beyond the year 2262", c.Count, time.Duration(p.step)))
	}
	n, err := notationOf(c.Format)
	if err != nil {
		faults = append(faults, err)
		n = notations["json"]
	}
	fields := c.Fields
	if len(fields) == 0 {
		fields = defaultFields
	}
	if n.comma == "" && len(fields) != 1 {
		faults = append(faults, refused("fields", "name one field, or choose the format json or csv", "a line holds one field, not %d", len(fields)))
	}
	between := n.open
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f, err := parseField(c.Seed, name, fields[name], n)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		f.before = between + f.before
		if n.header {
			p.header = append(append(p.header, between...), n.text(name)...)
		}
		between = n.comma
		p.fields = append(p.fields, f)
	}
	p.close = n.close
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// check returns the faults of the numbers, and reads the start.
func (p *Plan) check() (faults fault.List) {
	c := p.config
	if c.Start != "" {
		start, err := time.Parse(time.RFC3339, c.Start)
		if err != nil {
			faults = append(faults, refused("start", "write it as 2026-11-21T14:00:00Z", "%q is not a time", c.Start))
		}
		p.start = start.UnixNano()
	}
	for _, d := range []struct {
		key   string
		value config.Duration
	}{{"step", c.Step}, {"disorder", c.Disorder}, {"late_by", c.LateBy}} {
		if d.value < 0 {
			faults = append(faults, refused(d.key, "", "%s is below zero", d.value.Std()))
		}
	}
	if !(c.Rate >= 0) {
		faults = append(faults, refused("rate", "0 is as fast as it can", "%g is below zero", float64(c.Rate)))
	}
	if c.Count < 0 {
		faults = append(faults, refused("count", "0 is without end", "%d is below zero", c.Count))
	}
	if !(c.Late >= 0 && c.Late <= 1) {
		faults = append(faults, refused("late", "it is a share: 0.01 is one in a hundred", "%g is not between 0 and 1", c.Late))
	}
	if c.Late > 0 && c.LateBy == 0 {
		faults = append(faults, refused("late_by", "say by how much late events are late", "is missing beside late"))
	}
	return faults
}

// refused is the fault of one key of the config.
func refused(key, do, format string, args ...any) error {
	return &fault.Error{What: "generator." + key, Err: fmt.Errorf(format, args...), Do: do, Incurable: true}
}

// Append appends the record at a position.
func (p *Plan) Append(dst []byte, n int64) []byte {
	for i := range p.fields {
		f := &p.fields[i]
		dst = append(dst, f.before...)
		dst = f.value(dst, p, n, f.salt.draw(n))
		dst = append(dst, f.after...)
	}
	return append(dst, p.close...)
}

// Header names the columns of the records, nil where the format needs none.
func (p *Plan) Header() []byte { return p.header }

// Start is the event time of position 0 without disorder.
func (p *Plan) Start() time.Time { return time.Unix(0, p.start).UTC() }

// Time is the event time of the record at a position, in nanoseconds since 1970.
func (p *Plan) Time(n int64) int64 {
	at := p.start + n*p.step
	disorder := int64(p.config.Disorder)
	switch {
	case p.IsLate(n):
		return at - disorder - int64(p.config.LateBy)
	case disorder > 0:
		return at - int64(below(p.earlier.draw(n), uint64(disorder)+1))
	}
	return at
}

// IsLate says whether the record at a position is planned to be late.
func (p *Plan) IsLate(n int64) bool {
	return p.config.Late > 0 && n >= Warmup && unit(p.lateness.draw(n)) < p.config.Late
}

// Late counts the late records in [from, to).
func (p *Plan) Late(from, to int64) int64 {
	var late int64
	for n := max(from, Warmup); n < to; n++ {
		if p.IsLate(n) {
			late++
		}
	}
	return late
}

// Fingerprint stands for everything that decides what the records are, except
// the start: plans with the same one make the same records.
func (p *Plan) Fingerprint() string {
	c, h := p.config, fnv.New64a()
	fmt.Fprintf(h, "1 %d %d %d %g %d", c.Seed, p.step, c.Disorder, c.Late, c.LateBy)
	for _, f := range p.fields {
		fmt.Fprintf(h, " %q %q %q", f.before, f.name, f.text)
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
