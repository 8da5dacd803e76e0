// Package generator is the source that makes its records: for demos, tests and
// benchmarks that need a stream with a stated rate, order and lateness.
//
// A record is a function of the seed and its position alone ([Plan]), so a
// replay from a checkpoint brings the same bytes again. The source has one
// split, read in order, so that the planned disorder is exact.
package generator

import (
	"context"
	"time"

	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/runtime/connect"
)

// Connector is the connector "generator".
func Connector() connect.Connector {
	return connect.Connector{
		Name:   "generator",
		Doc:    "Makes records with a rate, a seed, planned disorder and lateness.",
		Source: open,
	}
}

// splitID names the one split.
const splitID = "generator"

// The identity of the split: what a replay must be made of.
const (
	identityPlan  = "plan"  // Plan.Fingerprint
	identityStart = "start" // event time of the first record, in the config or of the first start
)

type source struct {
	env    connect.Env
	config config.GeneratorSource
}

func open(c connect.SourceConfig) (connect.Source, error) {
	s := &source{env: c.Env}
	if c.Source.Generator != nil {
		s.config = *c.Source.Generator
	}
	if s.env.Now == nil {
		s.env.Now = time.Now
	}
	if _, err := NewPlan(s.config, time.Time{}); err != nil {
		return nil, err
	}
	return s, nil
}

// Bounded implements connect.Source.
func (s *source) Bounded() bool { return s.config.Count > 0 }

// Discover implements connect.Source. The split starts at 0 whatever the reason:
// as a limit, position 0 ends it where it is, because a generator has no end
// that it must be read up to.
func (s *source) Discover(context.Context, connect.Discovery) ([]connect.Split, error) {
	now := s.env.Now().Truncate(time.Second).UTC()
	plan, err := NewPlan(s.config, now)
	if err != nil {
		return nil, err
	}
	return []connect.Split{{ID: splitID, Identity: map[string]string{
		identityPlan:  plan.Fingerprint(),
		identityStart: plan.Start().Format(time.RFC3339Nano),
	}}}, nil
}

// Open implements connect.Source.
func (s *source) Open(context.Context, int) (connect.Reader, error) {
	return newReader(s), nil
}

// planOf is the plan that a split is read by, if it is still the one that the
// split was first read by.
func (s *source) planOf(split connect.Split) (*Plan, error) {
	started, err := time.Parse(time.RFC3339Nano, split.Identity[identityStart])
	if err != nil {
		return nil, &fault.Error{What: "the generator's split says no start", Err: err, Incurable: true}
	}
	plan, err := NewPlan(s.config, started)
	if err != nil {
		return nil, err
	}
	if plan.Fingerprint() != split.Identity[identityPlan] || !plan.Start().Equal(started) {
		return nil, &fault.Error{
			What:      "the generator is not the one of the checkpoint: its records would differ",
			Do:        "put seed, start, step, disorder, late, late_by, fields and format back, or start over",
			Incurable: true,
		}
	}
	return plan, nil
}
