package stream

import (
	"fmt"
	"time"

	"github.com/spaas/spaas/runtime/internal/engine"
	"github.com/spaas/spaas/runtime/state"
)

// Keyed is a stream in which every event of a key is at one place.
type Keyed[K comparable, T any] struct {
	g    *Graph
	node *engine.Node
	port *engine.KeyedPort[K, T]
}

// KeyBy deals the events of a stream by key. A key is an integer, a bool, a
// string, or a struct or array of those: what is equal today must be equal in a
// checkpoint of last month. It must depend on nothing but the event.
func KeyBy[K comparable, T any](s Stream[T], key func(T) K) Keyed[K, T] {
	node := s.g.add(engine.KindKeyBy, "", typeOf[T](), s.node)
	if key == nil {
		s.g.fault("", "KeyBy of stream %q has no function", s.label())
	}
	hash, err := state.HashOf[K]()
	if err != nil {
		s.g.cannot("", err)
	}
	return Keyed[K, T]{s.g, node, engine.KeyBy(s.port, node, key, hash)}
}

// Window cuts the events of each key into windows.
func (k Keyed[K, T]) Window(w Tumbling) Windowed[K, T] {
	if w.size <= 0 {
		k.g.fault("give it a size above zero", "a window is %v long", w.size)
		w.size = time.Second // for the rest of the graph to be checked
	}
	k.g.windows = append(k.g.windows, windowUse{site(), k.node})
	return Windowed[K, T]{keyed: k, window: engine.Tumbling{Size: int64(w.size)}}
}

// Tumbling is windows of one size that follow each other without gap: every
// event is in exactly one.
type Tumbling struct {
	size time.Duration
}

// Tumble makes windows of a size. They start at multiples of it since 1970, so
// that windows of an hour are the hours of UTC.
func Tumble(size time.Duration) Tumbling { return Tumbling{size} }

// Windowed is a keyed stream in windows, waiting for what to do with them.
type Windowed[K comparable, T any] struct {
	keyed  Keyed[K, T]
	window engine.Tumbling
}

// Lateness keeps windows that have fired for so long, in event time, to be
// corrected by late events: each time the result goes on again. Default 0.
func (w Windowed[K, T]) Lateness(d time.Duration) Windowed[K, T] {
	if d < 0 {
		w.keyed.g.fault("0 drops every late event", "a lateness of %v", d)
		d = 0
	}
	w.window.Lateness = int64(d)
	return w
}

// Reduce folds the events of each key and window into one value, starting from
// A's zero value, and hands it on when the window is over. Name is the identity
// of the state: rename it and a new version starts from nothing.
//
// The value must be made of what can be kept and read again by a later version:
// booleans, numbers, strings, byte slices, times, and structs, slices and maps of those.
func Reduce[K comparable, T, A any](w Windowed[K, T], name string, add func(A, T) A) Stream[Pane[K, A]] {
	g := w.keyed.g
	node := g.add(engine.KindWindow, name, typeOf[Pane[K, A]](), w.keyed.node)
	if name == "" {
		delete(g.unnamed, node) // one fault is enough
		g.fault("name it: the name is the identity of its state", "Reduce has no name")
	}
	if add == nil {
		g.fault("", "Reduce %q has no function", name)
	}
	if info, ok := stateOf[K, A](g, name); ok {
		node.State = append(node.State, info)
	}
	port := engine.Reduce(w.keyed.port, node, w.window, add, (*Pane[K, A]).fill)
	return Stream[Pane[K, A]]{g, node, port, nil}
}

// stateOf describes the state of a window, or says what of it cannot be kept.
func stateOf[K comparable, A any](g *Graph, name string) (engine.StateInfo, bool) {
	key, err := state.CodecOf[K]()
	if err != nil {
		g.cannot(fmt.Sprintf("the keys of %q cannot be kept", name), err)
		return engine.StateInfo{}, false
	}
	value, err := state.CodecOf[A]()
	if err != nil {
		g.cannot(fmt.Sprintf("the state of %q cannot be kept", name), err)
		return engine.StateInfo{}, false
	}
	return engine.StateInfo{Name: engine.PaneState, Key: key.Schema(), Value: value.Schema()}, true
}
