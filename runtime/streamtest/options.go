package streamtest

// Option changes how a job is run in a test.
type Option func(*settings)

type settings struct {
	parallelism int
	properties  map[string]string
}

// Parallelism sets the number of subtasks; default 2, so that keyed events
// change hands.
func Parallelism(n int) Option { return func(s *settings) { s.parallelism = n } }

// Property sets a property of the config; without it the default in the code
// holds.
func Property(name, value string) Option {
	return func(s *settings) { s.properties[name] = value }
}
