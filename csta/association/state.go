// Package association is what a client has with the switching function beyond its
// connection: an application session (ECMA-354) that may outlive it, and the messages that
// are kept meanwhile. It decides and keeps; connections, clocks and the engine are others'.
package association

import "fmt"

// State is what an association is in.
type State uint8

const (
	// Bare: there is no application session. The association ends with its connection.
	Bare State = iota
	// Attached: the client has an application session, and a connection.
	Attached
	// Waiting: the connection has gone. What happens is kept for the client, which may
	// come back.
	Waiting
	// Lost: more has happened than is kept. The client can't come back to it, but a new
	// association of the same application may take over its monitors.
	Lost
	// Ended: there is nothing any more.
	Ended
)

func (s State) String() string {
	return [...]string{"bare", "attached", "waiting", "lost", "ended"}[s]
}

// transition is a step from one state to another, and what it is for.
type transition struct {
	from, to State
	why      string
}

// transitions are all there are.
var transitions = []transition{
	{Bare, Attached, "the client has started an application session"},
	{Bare, Ended, "its connection has gone"},
	{Attached, Bare, "the client has stopped its application session"},
	{Attached, Waiting, "its connection has gone, or another one is to take its place"},
	{Attached, Ended, "its connection has gone, and may not be waited for"},
	{Waiting, Attached, "the client has come back"},
	{Waiting, Lost, "more has happened than is kept"},
	{Waiting, Ended, "nobody has come in time, its monitors were taken over, or it gave way to others"},
	{Lost, Ended, "the same"},
}

// may tells whether there is such a step.
func (s State) may(to State) bool {
	for _, t := range transitions {
		if t.from == s && t.to == to {
			return true
		}
	}
	return false
}

// Step goes to another state. It panics if the table has no such step: that is a fault of
// the caller, which looks at the state before.
func (s *State) Step(to State) {
	if !s.may(to) {
		panic(fmt.Sprintf("association: no step from %v to %v", *s, to))
	}
	*s = to
}

// Keeps tells whether messages are kept for the client.
func (s State) Keeps() bool { return s == Attached || s == Waiting }

// Alone tells whether it has lost its connection.
func (s State) Alone() bool { return s == Waiting || s == Lost }
