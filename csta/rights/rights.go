// Package rights names what an application may be allowed to ask for.
package rights

import "strings"

// Rights is a set of rights.
type Rights uint16

const (
	// Monitor: monitors and snapshots.
	Monitor Rights = 1 << iota
	// Control: calls are made, answered, moved and ended.
	Control
	// Predictive: calls are made on behalf of a queue (Make Predictive Call).
	Predictive
	// Features: do not disturb and forwarding.
	Features
	// Voice: messages are played into calls.
	Voice
	// Record: calls are recorded.
	Record
	// Agents: agents are logged on and off.
	Agents
	// Route: calls are routed.
	Route
	// Supervise: calls are listened to and joined.
	Supervise
	// Administrate: the sessions of others are ended and their monitors moved.
	Administrate

	// None is what anybody may ask for: status, and what the switch can do.
	None Rights = 0
	// All are all rights there are.
	All = Administrate<<1 - 1
)

// names are those of the rights, in the order of their bits.
var names = [...]string{"monitor", "control", "predictive", "features", "voice", "record", "agents", "route", "supervise", "administrate"}

// Parse is the right of that name.
func Parse(name string) (Rights, bool) {
	for i, known := range names {
		if name == known {
			return 1 << i, true
		}
	}
	return None, false
}

// Allow tells whether who has these rights may ask for what one of those in needs
// suffices for.
func (r Rights) Allow(needs Rights) bool { return needs == None || r&needs != 0 }

// String names the rights, with commas between them; "none" if there are none.
func (r Rights) String() string {
	var list []string
	for i, name := range names {
		if r&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ",")
}
